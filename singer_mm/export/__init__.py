"""Students for other libraries. Each written file is loaded there and its outputs are compared before it is kept.

Functions import the packages of the extra ``export`` when they need them, so nothing else requires these packages.
"""
