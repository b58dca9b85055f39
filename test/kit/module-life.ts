import type { AnyEvent } from "../../src/events/index.js";

/** The events of modules' lives, in order: their types, changes of state as `Running>Stopping`. */
export function lifeOf(
  { published }: { readonly published: readonly AnyEvent[] },
  moduleName?: string,
): string[] {
  return published.flatMap(({ type, payload }) => {
    if (!type.startsWith("Module")) return [];
    const fields = payload as { module_name?: string; old_state?: string; new_state?: string };
    if (moduleName !== undefined && fields.module_name !== moduleName) return [];
    return type === "ModuleStateChanged" ? [`${fields.old_state}>${fields.new_state}`] : [type];
  });
}
