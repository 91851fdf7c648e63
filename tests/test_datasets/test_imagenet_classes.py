from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids


def test_the_canonical_order():
    wnids = imagenet_wnids()
    assert len(set(wnids)) == len(wnids) == 1000
    assert wnids == tuple(sorted(wnids))
    # Tench, goldfish, and the last: toilet tissue.
    assert (wnids[0], wnids[1], wnids[999]) == ('n01440764', 'n01443537', 'n15075141')


def test_the_classes_of_imagenet_r():
    indices = imagenet_r_indices()
    assert len(set(indices)) == len(indices) == 200
    assert list(indices) == sorted(indices)
    # Its first two folders are n01443537 (goldfish) and n01484850 (great white shark), its last n12267677 (acorn).
    assert [imagenet_wnids()[index] for index in indices[:2]] == ['n01443537', 'n01484850']
    assert imagenet_wnids()[indices[-1]] == 'n12267677'
    assert imagenet_wnids().index('n01440764') not in indices
