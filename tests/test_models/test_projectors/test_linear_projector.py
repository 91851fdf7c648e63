import torch

from singer_mm.models import LinearProjector


def test_maps_every_token_from_student_to_teacher_width():
    projector = LinearProjector(student_dims=4, teacher_dims=6)
    tokens = torch.randn(2, 3, 4)
    assert projector.proj.weight.shape == (6, 4)
    torch.testing.assert_close(projector(tokens), tokens @ projector.proj.weight.T + projector.proj.bias)
