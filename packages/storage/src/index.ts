export * from "./produce-validation/index";
