export { consoleConsumer } from "./commands/console-consumer";
export { consoleProducer } from "./commands/console-producer";
export { topics } from "./commands/topics";
export type { Command, Io } from "./io";
