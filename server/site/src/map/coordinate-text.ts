import type { LonLat } from "../api/types";
import { fromTwd97 } from "./coordinates";

/** Coordinates that somebody typed, and the system they were taken to be in. */
export interface TypedCoordinates {
  readonly point: LonLat;
  readonly system: "WGS84" | "TWD97";
}

// Taiwan with its islands: what falls outside is no coordinate of this map.
const isLongitude = (value: number) => value >= 116 && value <= 124;
const isLatitude = (value: number) => value >= 20 && value <= 27;
const isEasting = (value: number) => value >= 50_000 && value <= 500_000;
const isNorthing = (value: number) => value >= 2_200_000 && value <= 2_950_000;

// Words that go with coordinates; any other word makes the text an address such as "中山路 120 號 24 樓".
const WORDS = /TWD97|WGS84|EPSG:\d+|東經|北緯|經度|緯度|longitude|latitude|lon|lng|lat|[NEXY]/gi;
const PUNCTUATION = /[\s,;/:=()、]/g;
const NUMBER = /\d+(?:\.\d+)?/g;

const SEXAGESIMAL = /(\d+(?:\.\d+)?)\s*[°度]\s*(?:(\d+(?:\.\d+)?)\s*['′分]\s*)?(?:(\d+(?:\.\d+)?)\s*(?:"|″|秒|'')\s*)?/g;

function degrees(text: string): string {
  return text.replace(SEXAGESIMAL, (_, whole: string, minutes = "0", seconds = "0") =>
    ` ${Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600} `,
  );
}

/** Read two numbers as longitude and latitude (either order) or as TWD97 easting and northing. */
export function readCoordinates(text: string): TypedCoordinates | null {
  const plain = degrees(text.normalize("NFKC").replace(WORDS, " "));
  if (plain.replace(NUMBER, "").replace(PUNCTUATION, "") !== "") return null;
  const numbers = plain.match(NUMBER)?.map(Number) ?? [];
  if (numbers.length !== 2) return null;
  const [first = NaN, second = NaN] = numbers;
  if (isLongitude(first) && isLatitude(second)) return { point: [first, second], system: "WGS84" };
  if (isLatitude(first) && isLongitude(second)) return { point: [second, first], system: "WGS84" };
  if (isEasting(first) && isNorthing(second)) return { point: fromTwd97(first, second), system: "TWD97" };
  if (isNorthing(first) && isEasting(second)) return { point: fromTwd97(second, first), system: "TWD97" };
  return null;
}
