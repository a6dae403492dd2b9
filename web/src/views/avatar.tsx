import { initials } from "./tiles.ts";

/** Avatar stands for a person without picture. The name is beside it in words. */
export function Avatar({ name, waiting }: { name: string; waiting?: boolean }) {
  return (
    <div class={waiting ? "avatar waiting" : "avatar"} aria-hidden="true">
      <span>{initials(name)}</span>
    </div>
  );
}
