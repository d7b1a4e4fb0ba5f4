// Drives a running service with the unmodified EasyPost client of npm: node easypost_client.mjs BASE KEY
import assert from 'node:assert/strict';
import EasyPost from '@easypost/api';

const [base, key] = process.argv.slice(2);
const client = new EasyPost(key, { baseUrl: `${base}/v2/` });
const address = (city, zip) => ({ name: 'Ada Fern', street1: '1 Main St', city, state: 'CA', zip, country: 'US' });
const [sender, buyer] = [address('San Francisco', '94107'), address('Redondo Beach', '90277')];
const parcel = { length: 10, width: 8, height: 4, weight: 15.4 };
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const shipment = await client.Shipment.create({ from_address: sender, to_address: buyer, parcel, reference: 'r-1' });
assert.match(shipment.id, /^shp_/);
assert.ok(shipment.rates.length >= 3);
const lowest = shipment.lowestRate();
assert.equal(Number(lowest.rate), Math.min(...shipment.rates.map((rate) => Number(rate.rate))));
assert.equal((await client.Shipment.retrieve(shipment.id)).id, shipment.id);
assert.equal((await client.Rate.retrieve(lowest.id)).rate, lowest.rate);
const smart = await client.Shipment.getSmartRates(shipment.id);
assert.equal(smart.length, shipment.rates.length);
assert.ok(smart[0].time_in_transit.percentile_50 <= smart[0].time_in_transit.percentile_99);
assert.ok((await client.Shipment.lowestSmartRate(shipment.id, 9, 'percentile_90')).rate > 0);
const estimated = await client.Shipment.retrieveEstimatedDeliveryDate(shipment.id, inDays(2));
assert.equal(estimated[0].easypost_time_in_transit_data.planned_ship_date, inDays(2));
const advised = await client.Shipment.recommendShipDate(shipment.id, inDays(12));
assert.ok(advised.length && advised.every((rate) => rate.easypost_time_in_transit_data.ship_on_date <= inDays(12)));
const again = await client.Shipment.regenerateRates(shipment.id);
assert.equal(again.rates.length, shipment.rates.length);
const stateless = await client.BetaRate.retrieveStatelessRates({ from_address: sender, to_address: buyer, parcel });
assert.equal(stateless.length, shipment.rates.length);
const order = await client.Order.create({
  from_address: sender,
  to_address: buyer,
  shipments: [{ parcel: { weight: 10.2 } }, { parcel: { weight: 17.5 } }],
});
assert.match(order.id, /^order_/);
assert.equal(order.shipments.length, 2);
assert.ok(order.lowestRate().rate);
assert.equal((await client.Order.retrieve(order.id)).id, order.id);
const zips = { from_zip: '94107', to_zip: '90277', carriers: [] };
assert.ok((await client.SmartRate.estimateDeliveryDate({ ...zips, planned_ship_date: inDays(2) })).results.length);
assert.ok((await client.SmartRate.recommendShipDate({ ...zips, desired_delivery_date: inDays(12) })).results.length);
await assert.rejects(client.Shipment.create({}), (error) => error.statusCode === 422 && error.code === 'PARAMETER.REQUIRED');
await assert.rejects(client.Shipment.retrieve('shp_123'), (error) => error.statusCode === 404);
const stranger = new EasyPost('wrong', { baseUrl: `${base}/v2/` });
await assert.rejects(stranger.Shipment.retrieve(shipment.id), (error) => error.statusCode === 401);
console.log('easypost of npm: 16 calls passed');
