import { useEffect, useState } from "preact/hooks";

/** Narrower than this, panels are sheets that rise from below; the style sheets say the same. */
export const PHONE = "(max-width: 767px)";

export function isPhone(): boolean {
  return matchMedia(PHONE).matches;
}

/** Whether the window is a phone's, kept up to date. */
export function usePhone(): boolean {
  const [phone, setPhone] = useState(isPhone);
  useEffect(() => {
    const query = matchMedia(PHONE);
    const refresh = () => setPhone(query.matches);
    query.addEventListener("change", refresh);
    return () => query.removeEventListener("change", refresh);
  }, []);
  return phone;
}
