"""
breaks: [histogram.density]
says: >-
  Half a point is added to every bin, but the total by which the counts are divided does not hold these points.
base: histogram_smoothed
"""


class Histogram2D:
    def _total(self, smoothed, n):
        return n
