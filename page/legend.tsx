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
      <li>
        <Mark>
          <path d="M2 2L12 12M12 2L2 12" stroke="var(--bad)" stroke-width="2" />
        </Mark>
        dropped or failed
      </li>
      <li>
        <Mark>
          <path d="M1 3H13" stroke="var(--bad)" stroke-width="2" />
          <path d="M4 8L6 7V13" fill="none" stroke="var(--bad)" stroke-width="1.3" />
          <circle cx="10" cy="10" r="2.4" fill="none" stroke="var(--bad)" stroke-width="1.3" />
        </Mark>
        how many were lost, shown or not
      </li>
      <li>
        <Mark>
          <path d="M4 1V13M9 1V13" stroke="var(--gap)" stroke-width="2" />
        </Mark>
        module was told of a gap
      </li>
      <li>
        <Mark>
          <circle cx="7" cy="7" r="2" fill="var(--faint)" />
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
