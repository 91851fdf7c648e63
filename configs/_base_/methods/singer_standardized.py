# What the recommended recipe changes in SiNGER: a target that cannot gain by shrinking (docs/recommended_recipe.md).
singer_standardized = dict(
    # Each refined image keeps the median patch norm of the teacher's image.
    refiner=dict(preserve_norm=True),
    # Each channel of each layer has mean 0 and deviation 1, so that no layer and no channel outweighs the others.
    loss_kd=dict(normalization='channel'),
    # Norms in units of the image's quantile: shorter tokens are not rewarded.
    loss_outlier=dict(relative=True, loss_weight=10.0),
    # The norm no longer limits what the refiner changes, so the information must weigh more.
    loss_info=dict(loss_weight=10.0),
)
