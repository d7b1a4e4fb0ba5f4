"""Drives a running service with the unmodified EasyPost client of PyPI: python easypost_client.py BASE KEY"""

import datetime
import sys

import easypost

base, key = sys.argv[1:3]
client = easypost.EasyPostClient(key, api_base=f"{base}/v2")
sender = {"name": "Ada Fern", "street1": "1 Main St", "city": "San Francisco", "state": "CA", "zip": "94107", "country": "US"}
buyer = {"name": "Bo Oak", "street1": "2 Side St", "city": "Redondo Beach", "state": "CA", "zip": "90277", "country": "US"}
parcel = {"length": 10, "width": 8, "height": 4, "weight": 15.4}
soon = (datetime.date.today() + datetime.timedelta(days=2)).isoformat()
later = (datetime.date.today() + datetime.timedelta(days=12)).isoformat()

shipment = client.shipment.create(from_address=sender, to_address=buyer, parcel=parcel, reference="r-1")
assert shipment.id.startswith("shp_") and len(shipment.rates) >= 3, shipment
lowest = shipment.lowest_rate()
assert float(lowest.rate) == min(float(rate.rate) for rate in shipment.rates)
assert client.shipment.retrieve(shipment.id).id == shipment.id
assert client.rate.retrieve(lowest.id).rate == lowest.rate
smart = client.shipment.get_smart_rates(shipment.id)
assert len(smart) == len(shipment.rates) and smart[0].time_in_transit.percentile_50 <= smart[0].time_in_transit.percentile_99
assert client.shipment.lowest_smart_rate(shipment.id, 9, "percentile_90").rate > 0
estimated = client.shipment.retrieve_estimated_delivery_date(shipment.id, planned_ship_date=soon)
assert estimated[0].easypost_time_in_transit_data.planned_ship_date == soon, estimated
advised = client.shipment.recommend_ship_date(shipment.id, desired_delivery_date=later)
assert all(rate.easypost_time_in_transit_data.ship_on_date <= later for rate in advised) and advised
again = client.shipment.regenerate_rates(shipment.id)
assert len(again.rates) == len(shipment.rates)
stateless = client.beta_rate.retrieve_stateless_rates(from_address=sender, to_address=buyer, parcel=parcel)
assert len(stateless) == len(shipment.rates) and float(stateless[0].rate) > 0
order = client.order.create(from_address=sender, to_address=buyer, shipments=[{"parcel": {"weight": 10.2}}, {"parcel": {"weight": 17.5}}])
assert order.id.startswith("order_") and len(order.shipments) == 2 and order.lowest_rate().rate
assert client.order.retrieve(order.id).id == order.id
by = client.smart_rate.estimate_delivery_date(from_zip="94107", to_zip="90277", planned_ship_date=soon, carriers=[])
assert by["results"], by
on = client.smart_rate.recommend_ship_date(from_zip="94107", to_zip="90277", desired_delivery_date=later, carriers=[])
assert on["results"], on
try:
    client.shipment.create()
    raise SystemExit("an empty shipment was taken")
except easypost.errors.InvalidRequestError as error:
    assert error.http_status == 422 and error.code == "PARAMETER.REQUIRED", vars(error)
try:
    client.shipment.retrieve("shp_123")
    raise SystemExit("an unknown shipment was found")
except easypost.errors.NotFoundError as error:
    assert error.http_status == 404
try:
    easypost.EasyPostClient("wrong", api_base=f"{base}/v2").shipment.retrieve(shipment.id)
    raise SystemExit("a wrong key was taken")
except easypost.errors.UnauthorizedError as error:
    assert error.http_status == 401
print("easypost of PyPI: 16 calls passed")
