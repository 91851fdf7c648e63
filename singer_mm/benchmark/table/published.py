"""Table 1 of the SiNGER paper (linear evaluation on the real data sets), to be printed beside our own numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedRow:
    """One row of Table 1.

    Attributes:
        teacher: Whom the model was distilled from; None for a model as it was published.
        student: The model whose features were evaluated.
        distillation: Method, ``none`` without a teacher.
        values: In the order of the paper's columns: top-1 on the validation set of ImageNet-1K; mIoU on ADE20K; RMSE on
            NYUd in metres, lower is better; top-1 on iNat2019; mean top-1 of ImageNet-R and ImageNet-v2; mean top-1 of
            FGVC-Aircraft, Oxford-IIIT Pet, Food-101 and Flowers-102. All but the RMSE are in percent.
    """

    teacher: str | None
    student: str
    distillation: str
    values: tuple[float, ...]

    @property
    def model(self) -> str:
        """Teacher and student as the paper's table names them."""
        return self.student if self.teacher is None else f'{self.teacher} to {self.student}'


TABLE_1 = (
    PublishedRow(None, 'ViT-L', 'none', (79.58, 26.57, 0.9157, 71.42, 54.20, 82.27)),
    PublishedRow(None, 'ViT-S', 'none', (76.05, 19.57, 1.1065, 65.28, 44.48, 77.39)),
    PublishedRow(None, 'ViT-T', 'none', (58.03, 14.20, 1.1807, 43.95, 28.75, 62.02)),
    PublishedRow('ViT-L', 'ViT-S', 'FitNet', (72.50, 25.15, 0.9903, 52.12, 40.21, 71.13)),
    PublishedRow('ViT-L', 'ViT-S', 'SiNGER', (79.13, 30.06, 0.9026, 57.21, 48.91, 77.59)),
    PublishedRow('ViT-L', 'ViT-T', 'FitNet', (62.43, 18.73, 1.0093, 40.02, 32.32, 62.48)),
    PublishedRow('ViT-L', 'ViT-T', 'ViTKD', (5.07, 11.92, 1.1903, 23.69, 2.08, 33.52)),
    PublishedRow('ViT-L', 'ViT-T', 'SiNGER', (70.59, 21.76, 0.9406, 41.11, 38.87, 64.61)),
    PublishedRow(None, 'DeiT-III-L', 'none', (84.10, 26.11, 1.2311, 57.59, 56.95, 75.35)),
    PublishedRow(None, 'DeiT-III-B', 'none', (82.50, 25.14, 1.1781, 56.41, 54.73, 74.65)),
    PublishedRow(None, 'DeiT-III-S', 'none', (78.90, 20.28, 1.2961, 45.39, 49.50, 67.84)),
    PublishedRow('DeiT-III-L', 'DeiT-III-B', 'FitNet', (60.00, 26.79, 1.1625, 50.04, 31.53, 74.78)),
    PublishedRow('DeiT-III-L', 'DeiT-III-B', 'ViTKD', (66.54, 19.58, 1.2525, 30.78, 35.77, 58.36)),
    PublishedRow('DeiT-III-L', 'DeiT-III-B', 'SiNGER', (79.37, 29.47, 1.1514, 53.50, 49.14, 75.41)),
    PublishedRow('DeiT-III-S', 'DeiT-III-T', 'FitNet', (51.41, 16.06, 1.2920, 32.81, 23.74, 58.53)),
    PublishedRow('DeiT-III-S', 'DeiT-III-T', 'ViTKD', (35.56, 8.71, 1.4487, 19.93, 15.31, 45.13)),
    PublishedRow('DeiT-III-S', 'DeiT-III-T', 'SiNGER', (63.50, 20.67, 0.9827, 37.68, 32.28, 64.32)),
)
