/** The version of this software, as its packages carry it. */
export const VERSION = "0.1.0";
