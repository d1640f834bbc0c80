"""Work that outlives a request: a durable queue, the workers that empty it, and those who wait for it.

Nothing here knows of video.
`job` is the value, `batch` many that were asked for together, `machine` what may become of a job,
`queue` the seam behind which a distributed engine fits,
`table` the queue in the database, `handler` what a kind of job brings along, `worker` the workers in this
process, `waiting` the long poll.
"""
