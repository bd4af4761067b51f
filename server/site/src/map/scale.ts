export interface ScaleBar {
  readonly metres: number;
  /** Width on the screen in CSS pixels. */
  readonly width: number;
}

/** Metres on the ground per CSS pixel: Web Mercator stretches by 1 / cos(latitude). */
export function groundResolution(resolution: number, latitude: number): number {
  return resolution * Math.cos((latitude * Math.PI) / 180);
}

/** The longest bar of 1, 2 or 5 × 10ⁿ metres that fits. */
export function scaleBar(metresPerPixel: number, maxWidth: number): ScaleBar {
  const most = metresPerPixel * maxWidth;
  const magnitude = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((each) => each * magnitude <= most) ?? 1;
  const metres = step * magnitude;
  return { metres, width: Math.round(metres / metresPerPixel) };
}

export function formatDistance(metres: number): string {
  return metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
}

/** The scale's denominator at the OGC's standard pixel of 0.28 mm, to two digits. */
export function scaleDenominator(metresPerPixel: number): number {
  const exact = metresPerPixel / 0.00028;
  const unit = 10 ** (Math.floor(Math.log10(exact)) - 1);
  return Math.round(exact / unit) * unit;
}
