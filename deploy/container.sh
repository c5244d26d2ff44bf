#!/bin/sh
# Process 1 of a container does not get the signals it has no handler for, and node has none for SIGTERM until all is loaded: a stop right
# after the start would wait for the end of its patience. The shell has one at once, and node is an ordinary process.
trap 'kill -TERM "$broker"' TERM INT
node --single-threaded-gc packages/broker/dist/main.js "$@" &
broker=$!
# A signal ends the wait early; only the broker's end is the end.
while wait "$broker"; code=$?; kill -0 "$broker" 2>/dev/null; do :; done
exit "$code"
