"""The commands that read and write the files of other programs."""
