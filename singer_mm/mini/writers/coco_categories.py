"""The categories of COCO: 80 names whose ids, up to 90, have gaps."""

# In the order of their ids.
BY_SUPERCATEGORY = {
    'person': 'person',
    'vehicle': 'bicycle, car, motorcycle, airplane, bus, train, truck, boat',
    'outdoor': 'traffic light, fire hydrant, stop sign, parking meter, bench',
    'animal': 'bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe',
    'accessory': 'backpack, umbrella, handbag, tie, suitcase',
    'sports': 'frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, '
    'tennis racket',
    'kitchen': 'bottle, wine glass, cup, fork, knife, spoon, bowl',
    'food': 'banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake',
    'furniture': 'chair, couch, potted plant, bed, dining table, toilet',
    'electronic': 'tv, laptop, mouse, remote, keyboard, cell phone',
    'appliance': 'microwave, oven, toaster, sink, refrigerator',
    'indoor': 'book, clock, vase, scissors, teddy bear, hair drier, toothbrush',
}
GAPS = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
_names = [(group, name) for group, names in BY_SUPERCATEGORY.items() for name in names.split(', ')]
_ids = [number for number in range(1, 91) if number not in GAPS]
CATEGORIES = tuple(
    {'supercategory': group, 'id': number, 'name': name} for number, (group, name) in zip(_ids, _names, strict=True)
)
