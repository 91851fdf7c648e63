# The miniature's classes have 60 training images at most.
mini_test_evaluator = [
    dict(type='Accuracy', topk=(1, 5)),
    dict(type='singer_mm.MeanPerClassAccuracy', medium=(5, 20)),
    dict(type='singer_mm.PredictionRecorder'),
]
