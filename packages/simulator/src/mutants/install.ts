/**
 * Preloaded into a process (`node -r`) that is to run with a mutant: patches its files as they are required. The environment names the
 * mutant; production code knows nothing of it.
 */
import Module from "node:module";
import { mutantNamed } from "./catalogue";
import { applyPatch } from "./mutant";

interface Compiling {
  /** Node's own; what it is called on is the module. */
  _compile: (this: Compiling, content: string, filename: string, ...rest: unknown[]) => unknown;
}

const name = process.env["OTTLA_MUTANT"];
if (name !== undefined) install(name);

function install(mutantName: string): void {
  const mutant = mutantNamed(mutantName);
  const { prototype } = Module as unknown as { readonly prototype: Compiling };
  const { _compile: compile } = prototype;
  prototype._compile = function (content, filename, ...rest) {
    const path = filename.replaceAll("\\", "/");
    let source = content;
    for (const patch of mutant.patches)
      if (path.endsWith(`/packages/${patch.file}`)) source = applyPatch(source, patch);
    return compile.call(this, source, filename, ...rest);
  };
}
