#!/usr/bin/env node
import { runBroker } from "./broker-process";

void runBroker(process.argv.slice(2)).then((code) => process.exit(code));
