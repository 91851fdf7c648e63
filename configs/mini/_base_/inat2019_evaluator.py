# Classes of the miniature have at most 60 training images.
mini_test_evaluator = [
    dict(type='Accuracy', topk=(1, 5)),
    dict(type='singer_mm.MeanPerClassAccuracy', medium=(5, 20)),
    dict(type='singer_mm.PredictionRecorder'),
]
