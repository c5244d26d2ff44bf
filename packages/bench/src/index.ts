/** Programs that measure; each is a file to run, and none is imported. */
export {};
