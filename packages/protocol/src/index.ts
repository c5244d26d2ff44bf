export * from "./compression/index";
export * from "./records/index";
