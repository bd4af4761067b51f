import type { JSX } from "preact";

/** Strokes on a grid of 24, drawn for this site. */
const PATHS = {
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14M16.2 16.2 20.5 20.5",
  close: "M6 6 18 18M18 6 6 18",
  share: "M12 15V4M8 7.5 12 3.5l4 4M6 11.5v7a1.5 1.5 0 0 0 1.5 1.5h9a1.5 1.5 0 0 0 1.5-1.5v-7",
  copy: "M9 9h10.5v11H9zM15 5.5V4H4.5v11H6",
  check: "M5 12.5 10 17.5 19.5 7",
  layers: "m12 4 8.5 4.5L12 13 3.5 8.5zM4 12.3l8 4.2 8-4.2M4 16l8 4.2L20 16",
  map: "M9 4.5 3.5 6.5v13L9 17.5l6 2 5.5-2v-13L15 6.5zM9 4.5v13M15 6.5v13",
  list: "M4 6.5h2M9 6.5h11M4 12h2M9 12h11M4 17.5h2M9 17.5h11",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "m3.5 11.5 8.5-7.5 8.5 7.5M6 9.5V20h12V9.5M10 20v-6h4v6",
  whole: "M4 4h5M4 4v5M20 4h-5M20 4v5M4 20h5M4 20v-5M20 20h-5M20 20v-5M9.5 12a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0",
  locate: "M12 5.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M12 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3",
  info: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17M12 11v5.5M12 7.5v.2",
  eye: "M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12M12 9.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6",
  hidden: "M4 4l16 16M9.5 6c.8-.3 1.6-.5 2.5-.5 3.7 0 7 2 9.5 6.5a15 15 0 0 1-3 3.8M6.5 7.5a14 14 0 0 0-4 4.5c2.5 4.5 5.8 6.5 9.5 6.5 1.7 0 3.2-.4 4.6-1.2M10 10a2.8 2.8 0 0 0 4 4",
  bin: "M4.5 6.5h15M9.5 6V4h5v2M6.5 6.5l.8 13h9.4l.8-13M10 10.5v5.5M14 10.5v5.5",
  grip: "M9 5.5v.1M15 5.5v.1M9 12v.1M15 12v.1M9 18.5v.1M15 18.5v.1",
  chevron: "m8 10 4 4 4-4",
  left: "m14 7-5 5 5 5",
  right: "m10 7 5 5-5 5",
  extent: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  pin: "M12 21c-4.5-5-6.7-8.3-6.7-11.2a6.7 6.7 0 1 1 13.4 0C18.7 12.7 16.5 16 12 21M12 7.5a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6",
  crosshair: "M12 4v5M12 15v5M4 12h5M15 12h5",
  link: "M10 14 20 4M13.5 4H20v6.5M17.5 14v6H4V6.5h6",
  warning: "M12 4 21.5 20h-19zM12 10v4.5M12 17.2v.2",
  point: "M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6",
  line: "M4.5 18 10 8l5 7 4.5-9",
  polygon: "m5 8 8-3 6 6-3 8-9-1z",
  raster: "M4.5 4.5h15v15h-15zM4.5 12h15M12 4.5v15",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg
      class={`icon icon-${name}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={name === "grip" ? 2.4 : 1.75}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The brand's sign: three sheets of a map on each other. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" width="36" height="36" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="mark-ground" />
      <path d="M16 6.5 26 12l-10 5.5L6 12z" fill="#fff" />
      <path d="m8.3 15.3-2.3 1.2 10 5.5 10-5.5-2.3-1.2L16 19.5z" fill="#fff" opacity=".75" />
      <path d="m8.3 19.8-2.3 1.2 10 5.5 10-5.5-2.3-1.2L16 24z" fill="#fff" opacity=".45" />
    </svg>
  );
}
