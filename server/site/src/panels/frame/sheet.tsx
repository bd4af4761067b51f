import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import type { SheetSize } from "../../state/model";
import { useSite, useSiteState, useWords } from "../../site";
import { nearestSheet, sheetHeight } from "./insets";

const NEXT: Readonly<Record<SheetSize, SheetSize>> = { peek: "half", half: "full", full: "half" };
const UP: Readonly<Record<SheetSize, SheetSize>> = { peek: "half", half: "full", full: "full" };
const DOWN: Readonly<Record<SheetSize, SheetSize>> = { full: "half", half: "peek", peek: "peek" };

interface Drag {
  readonly startY: number;
  readonly startHeight: number;
  moved: boolean;
}

/** The bar at the top of a phone's sheet: drag it, press it, or use the arrow keys. */
function Handle({ sheet }: { readonly sheet: () => HTMLElement | null }): JSX.Element {
  const { panels } = useSite();
  const { t } = useWords();
  const size = useSiteState((state) => state.sheet);
  const drag = useRef<Drag | null>(null);

  const onPointerDown = (event: JSX.TargetedPointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { startY: event.clientY, startHeight: sheetHeight(size, window.innerHeight), moved: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    const element = sheet();
    if (!drag.current || !element) return;
    const by = drag.current.startY - event.clientY;
    if (Math.abs(by) > 6) drag.current.moved = true;
    if (!drag.current.moved) return;
    element.classList.add("is-dragged");
    element.style.height = `${Math.max(64, drag.current.startHeight + by)}px`;
  };
  const onPointerUp = (event: PointerEvent) => {
    const element = sheet();
    const last = drag.current;
    drag.current = null;
    if (!last?.moved || !element) return;
    element.classList.remove("is-dragged");
    element.style.height = "";
    panels.setSheet(nearestSheet(last.startHeight + last.startY - event.clientY, window.innerHeight));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    panels.setSheet((event.key === "ArrowUp" ? UP : DOWN)[size]);
  };
  const moved = useRef(false);
  return (
    <button
      type="button"
      class="sheet-handle"
      aria-label={t("panel.resize")}
      aria-expanded={size !== "peek"}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        onPointerMove(event);
        moved.current = drag.current?.moved ?? false;
      }}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onClick={() => {
        // A drag ends with a click, too.
        if (!moved.current) panels.setSheet(NEXT[size]);
        moved.current = false;
      }}
      onKeyDown={onKeyDown}
    >
      <span class="sheet-grip" />
    </button>
  );
}

interface SheetProps {
  readonly name: string;
  readonly label: string;
  readonly hidden?: boolean;
  readonly children: ComponentChildren;
}

/** A card beside the map; on a phone a sheet that rises from below. */
export function Sheet({ name, label, hidden = false, children }: SheetProps): JSX.Element {
  const size = useSiteState((state) => state.sheet);
  const element = useRef<HTMLElement>(null);
  return (
    <section ref={element} class={`sheet sheet-${name}`} data-size={size} aria-label={label} hidden={hidden}>
      <Handle sheet={() => element.current} />
      {children}
    </section>
  );
}
