/** Milliseconds from a client's region to an endpoint's, or undefined if one of them is not known. */
export type LatencyTable = (from: string, to: string) => number | undefined;

/** Where the regions are: latitude and longitude, to the degree. */
const REGIONS: Readonly<Record<string, readonly [latitude: number, longitude: number]>> = {
  // AWS
  'us-east-1': [39, -77],
  'us-east-2': [40, -83],
  'us-west-1': [37, -122],
  'us-west-2': [46, -119],
  'ca-central-1': [45, -74],
  'sa-east-1': [-24, -47],
  'eu-west-1': [53, -6],
  'eu-west-2': [52, 0],
  'eu-central-1': [50, 9],
  'eu-north-1': [59, 18],
  'ap-south-1': [19, 73],
  'ap-southeast-1': [1, 104],
  'ap-southeast-2': [-34, 151],
  'ap-northeast-1': [36, 140],
  // Azure
  eastus: [37, -79],
  eastus2: [37, -78],
  centralus: [42, -94],
  westus: [38, -122],
  westus2: [47, -120],
  canadacentral: [44, -79],
  brazilsouth: [-24, -47],
  northeurope: [53, -6],
  westeurope: [52, 5],
  uksouth: [51, -1],
  germanywestcentral: [50, 9],
  swedencentral: [61, 17],
  centralindia: [19, 74],
  southeastasia: [1, 104],
  australiaeast: [-34, 151],
  japaneast: [36, 140],
};

const EARTH_RADIUS_KM = 6_371;

/**
 * A stand-in for the Internet Latency Table, which Microsoft measures and keeps: the round trip in fibre
 * (about 1 ms per 100 km) over the great circle, plus 2 ms. Good for who is nearest, not for numbers.
 */
export const estimatedLatency: LatencyTable = (from, to) => {
  const a = REGIONS[from];
  const b = REGIONS[to];
  if (a === undefined || b === undefined) return undefined;
  const [lat1, lon1, lat2, lon2] = [a[0], a[1], b[0], b[1]].map((degrees) => (degrees * Math.PI) / 180);
  if (lat1 === undefined || lon1 === undefined || lat2 === undefined || lon2 === undefined) return undefined;
  const cosine = Math.sin(lat1) * Math.sin(lat2) + Math.cos(lat1) * Math.cos(lat2) * Math.cos(lon1 - lon2);
  return 2 + (EARTH_RADIUS_KM * Math.acos(Math.min(1, cosine))) / 100;
};
