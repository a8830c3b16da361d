"""What few and noisy rounds show: medians, ratios within rounds, their intervals."""
import array
import collections
import functools

PAIRS_MIN = 6  # of fewer all fall on one side by chance once in 2^(n-1): no interval holds 95 %
RESAMPLES = 10000

# `pairs`: rounds in which both are known; ratio: the median of theirs; low, high: its interval.
# None: not known.
Ratio = collections.namedtuple("Ratio", "pairs ratio low high")


def median(values):
    """Of numbers; None without any."""
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2 if values else None


@functools.lru_cache(maxsize=4)
def draws(count, seed):
    """Which of `count` values each resample has: RESAMPLES times `count` positions.

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
    """
    mask, drawn = (1 << 64) - 1, array.array("H")
    for _ in range(RESAMPLES * count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = ((seed ^ seed >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        drawn.append((z ^ z >> 31) % count)
    return drawn


def resampled(values, seed):
    """(low, high): within lie 95 % of the medians of resamples. The same seed gives the same."""
    count = len(values)
    drawn = draws(count, seed)
    medians = sorted(median([values[at] for at in drawn[start:start + count]])
                     for start in range(0, RESAMPLES * count, count))
    return medians[RESAMPLES * 25 // 1000], medians[RESAMPLES * 975 // 1000 - 1]


def interval(values, seed):
    """The 95 % interval of the median; (None, None) of too few."""
    return resampled(values, seed) if len(values) >= PAIRS_MIN else (None, None)


def ratio(ours, base, seed):
    """`ours` to `base`, round by round: what slows a whole round slows both and cancels out. None,
    or a base that is not above 0, leaves its round out."""
    ratios = [own / other for own, other in zip(ours, base)
              if own is not None and other is not None and other > 0]
    return Ratio(len(ratios), median(ratios), *interval(ratios, seed))


def verdict(found, more_is_better):
    """Is there a difference?"""
    if found.pairs == 0:
        return "not known"
    if found.pairs < PAIRS_MIN:
        return "too few rounds to tell"
    if found.low <= 1 <= found.high:
        return "within the noise"
    return "better" if (found.low > 1) == more_is_better else "worse"
