import type { LonLat } from "../api/types";

export type LocateFailure = "denied" | "unavailable" | "insecure";

export class NotLocated extends Error {
  constructor(readonly reason: LocateFailure) {
    super(reason);
    this.name = "NotLocated";
  }
}

/** Ask the device where it is; throws NotLocated. */
export function locate(): Promise<LonLat> {
  return new Promise((resolve, reject) => {
    if (!window.isSecureContext) {
      reject(new NotLocated("insecure"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve([coords.longitude, coords.latitude]),
      (error) => reject(new NotLocated(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable")),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  });
}
