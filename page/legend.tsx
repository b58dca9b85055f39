import type { ComponentChildren } from "preact";

interface LegendProps {
  /** Those that are in the diagram now. */
  readonly categories: readonly { readonly name: string; readonly colour: string }[];
}

/** What the marks of the diagram mean. Form tells the fate, colour the category. */
export function Legend({ categories }: LegendProps) {
  return (
    <ul class="legend" aria-label="What the marks mean">
      <li>
        <Mark>
          <circle cx="7" cy="7" r="5" fill="currentColor" />
        </Mark>
        delivered
      </li>
      <li>
        <Mark>
          <circle cx="7" cy="7" r="4" fill="none" stroke="currentColor" stroke-width="2" />
        </Mark>
        waiting or on its way
      </li>
      <li class="bad">
        <Mark>
          <path d="M2 2L12 12M12 2L2 12" stroke="currentColor" stroke-width="2" />
        </Mark>
        dropped or failed, with how many
      </li>
      <li>
        <Mark>
          <path d="M4 1V13M9 1V13" stroke="var(--gap)" stroke-width="2" />
        </Mark>
        the module was told of a gap
      </li>
      <li>
        <Mark>
          <circle cx="7" cy="7" r="2" fill="var(--line)" />
        </Mark>
        filtered
      </li>
      {categories.map(({ name, colour }) => (
        <li key={name}>
          <Mark>
            <circle cx="7" cy="7" r="5" fill={colour} />
          </Mark>
          {name}
        </li>
      ))}
    </ul>
  );
}

function Mark({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true" role="presentation">
      {children}
    </svg>
  );
}
