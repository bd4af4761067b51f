import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

/** Handlers of the grip of one entry in an ordered list. */
export interface GripHandlers {
  readonly onPointerDown: (event: JSX.TargetedPointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: JSX.TargetedPointerEvent<HTMLElement>) => void;
  readonly onPointerUp: () => void;
  readonly onPointerCancel: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export interface Reorder {
  readonly dragged: string | null;
  handlers(id: string, index: number): GripHandlers;
}

/** Where in a list of boxes a pointer is: the number of boxes whose middle is above it. */
export function indexAt(y: number, boxes: readonly { readonly top: number; readonly height: number }[]): number {
  return boxes.filter((box) => box.top + box.height / 2 < y).length;
}

/** Reordering by dragging a grip (mouse, pen or finger) or with the arrow keys. */
export function useReorder(move: (id: string, to: number) => void): Reorder {
  const [dragged, setDragged] = useState<string | null>(null);
  const origin = useRef<HTMLElement | null>(null);

  const end = () => {
    origin.current = null;
    setDragged(null);
  };
  return {
    dragged,
    handlers: (id, index) => ({
      onPointerDown(event) {
        event.currentTarget.setPointerCapture(event.pointerId);
        origin.current = event.currentTarget.closest("li");
        setDragged(id);
      },
      onPointerMove(event) {
        const entry = origin.current;
        if (!entry?.parentElement) return;
        const others = [...entry.parentElement.children].filter((each) => each !== entry);
        const to = indexAt(event.clientY, others.map((each) => each.getBoundingClientRect()));
        if (to !== index) move(id, to);
      },
      onPointerUp: end,
      onPointerCancel: end,
      onKeyDown(event) {
        if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
        event.preventDefault();
        move(id, index + (event.key === "ArrowUp" ? -1 : 1));
      },
    }),
  };
}
