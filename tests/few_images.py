"""A writer of a miniature that draws some of its images, in a module that processes started anew can import."""

from singer_mm.mini.writers import DatasetWriter


class Few(DatasetWriter):
    """Any writer, with some of its jobs."""

    def __init__(self, writer: DatasetWriter, chosen: slice) -> None:
        self.writer, self.chosen, self.folder = writer, chosen, writer.folder

    def jobs(self):
        return self.writer.jobs()[self.chosen]

    def draw(self, root, job, rng):
        return self.writer.draw(root, job, rng)

    def finish(self, root, jobs, results):
        return self.writer.finish(root, jobs, results)
