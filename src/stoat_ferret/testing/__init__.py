"""Public tools for tests: media that can be checked frame by frame, and the instruments that check it.

`media` makes sources whose every frame says its own number and whose flashes and beeps coincide.
`measure` decodes files and reads those marks back.
"""
