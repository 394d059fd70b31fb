/* SPDX-License-Identifier: ISC */
/*
 * A file or a block device of Linux as a disk (drivers/blkdev.h). Each disk has a thread that does
 * its requests one after the other with pread(2), pwrite(2) and fdatasync(2); an eventfd tells the
 * loop which are done. That thread touches nothing but its queue: no other code knows of it.
 */
#include "arch/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/blkdev.h"
#include "lib/base/list.h"
#include "lib/base/platform.h"

#define REQUESTS_MAX 32u                 /* under way at a time */
#define REQUEST_MAX  ((uint32_t)1 << 20) /* bytes of one */
#define BUDGET       32u                 /* requests completed in one turn */

/* A queue of requests: the first one, and where the next one is hung. */
struct queue {
	struct blkdev_request *first, **end;
};

struct disk {
	struct blkdev dev;
	int fd, done_fd;
	bool is_device;
	unsigned under_way;
	pthread_mutex_t mutex; /* of both queues */
	pthread_cond_t wanted;
	struct queue todo, done;
};

static struct disk *disk_of(struct blkdev *dev)
{
	return container_of(dev, struct disk, dev);
}

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_push(struct queue *queue, struct blkdev_request *request)
{
	request->next = NULL;
	*queue->end = request;
	queue->end = &request->next;
}

static struct blkdev_request *queue_pop(struct queue *queue)
{
	struct blkdev_request *request = queue->first;

	if (!request)
		return NULL;
	queue->first = request->next;
	if (!queue->first)
		queue->end = &queue->first;
	return request;
}

/* ---- the disk's thread ---- */

/* All of it, whatever pieces Linux makes of it. 0 or -errno. */
static int transfer(struct disk *disk, const struct blkdev_request *request)
{
	off_t at = (off_t)(request->sector * disk->dev.sector_size);
	size_t left = (size_t)request->count * disk->dev.sector_size;
	char *data = request->data;
	ssize_t len;

	for (; left; data += len, at += len, left -= (size_t)len) {
		len = request->op == BLKDEV_READ ? pread(disk->fd, data, left, at)
						 : pwrite(disk->fd, data, left, at);
		if (len < 0 && errno == EINTR)
			len = 0;
		else if (len <= 0)
			return len ? -errno : -EIO; /* the file has been cut short */
	}
	return 0;
}

static int discard(struct disk *disk, const struct blkdev_request *request)
{
	uint64_t range[2] = {request->sector * disk->dev.sector_size,
		(uint64_t)request->count * disk->dev.sector_size};
	int result = disk->is_device
			     ? ioctl(disk->fd, BLKDISCARD, range)
			     : fallocate(disk->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				       (off_t)range[0], (off_t)range[1]);

	return result ? -errno : 0;
}

static int execute(struct disk *disk, const struct blkdev_request *request)
{
	if (request->op == BLKDEV_FLUSH)
		return fdatasync(disk->fd) ? -errno : 0;
	if (request->op == BLKDEV_DISCARD)
		return discard(disk, request);
	return transfer(disk, request);
}

static void *work(void *arg)
{
	struct disk *disk = arg;
	struct blkdev_request *request;
	static const uint64_t one = 1;
	int error;

	for (;;) {
		pthread_mutex_lock(&disk->mutex);
		while (!(request = queue_pop(&disk->todo)))
			pthread_cond_wait(&disk->wanted, &disk->mutex);
		pthread_mutex_unlock(&disk->mutex);
		error = execute(disk, request);
		pthread_mutex_lock(&disk->mutex);
		request->error = error;
		queue_push(&disk->done, request);
		pthread_mutex_unlock(&disk->mutex);
		if (write(disk->done_fd, &one, sizeof(one)) < 0)
			platform_panic("eventfd: %s", strerror(errno));
	}
	return NULL;
}

/* ---- the loop's side ---- */

static int check(const struct blkdev *dev, const struct blkdev_request *request)
{
	if (request->op == BLKDEV_FLUSH)
		return dev->flush ? 0 : -EOPNOTSUPP;
	if (request->op == BLKDEV_DISCARD && !dev->discard)
		return -EOPNOTSUPP;
	if (request->op != BLKDEV_READ && dev->read_only)
		return -EROFS;
	if (!request->count || request->sector >= dev->sectors ||
		request->count > dev->sectors - request->sector ||
		(request->op != BLKDEV_DISCARD && request->count > dev->request_max))
		return -EINVAL;
	return 0;
}

static int disk_submit(struct blkdev *dev, struct blkdev_request *request)
{
	struct disk *disk = disk_of(dev);
	int error = check(dev, request);

	if (error)
		return error;
	if (disk->under_way == REQUESTS_MAX)
		return -EAGAIN;
	disk->under_way++;
	pthread_mutex_lock(&disk->mutex);
	queue_push(&disk->todo, request);
	pthread_cond_signal(&disk->wanted);
	pthread_mutex_unlock(&disk->mutex);
	return 0;
}

static const struct blkdev_ops disk_ops = {.submit = disk_submit};

static struct blkdev_request *next_done(struct disk *disk)
{
	struct blkdev_request *request;

	pthread_mutex_lock(&disk->mutex);
	request = queue_pop(&disk->done);
	pthread_mutex_unlock(&disk->mutex);
	return request;
}

static bool disk_ready(void *ctx)
{
	struct disk *disk = ctx;
	struct blkdev_request *request;
	uint64_t count;

	/* Before looking: one that is done after that makes it readable again. */
	if (read(disk->done_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		platform_panic("eventfd: %s", strerror(errno));
	for (unsigned i = 0; i < BUDGET; i++) {
		request = next_done(disk);
		if (!request)
			return false;
		disk->under_way--;
		if (request->error == -EOPNOTSUPP && request->op == BLKDEV_DISCARD)
			disk->dev.discard = false;
		request->done(request, request->error);
	}
	return true;
}

/* ---- opening ---- */

/* Takes ",WORD" off the end of TEXT, if it is there. */
static bool take_word(char *text, const char *word)
{
	size_t len = strlen(text), word_len = strlen(word);

	if (len <= word_len + 1 || text[len - word_len - 1] != ',' ||
		strcmp(text + len - word_len, word) != 0)
		return false;
	text[len - word_len - 1] = '\0';
	return true;
}

static void take_words(struct disk *disk, char *path)
{
	disk->dev.sector_size = 512;
	for (;;) {
		if (take_word(path, "ro"))
			disk->dev.read_only = true;
		else if (take_word(path, "sector=4096"))
			disk->dev.sector_size = 4096;
		else if (!take_word(path, "sector=512"))
			break;
	}
	disk->dev.physical_sector_size = disk->dev.sector_size;
}

/* Opens it, so that no other program of ours writes to it meanwhile. 0 or -errno. */
static int open_file(struct disk *disk, const char *path)
{
	bool ro = disk->dev.read_only;
	struct stat status;
	uint64_t bytes;

	disk->fd = open(path, (ro ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (disk->fd < 0 || fstat(disk->fd, &status) != 0)
		return -errno;
	disk->is_device = S_ISBLK(status.st_mode);
	bytes = (uint64_t)status.st_size;
	if (disk->is_device ? ioctl(disk->fd, BLKGETSIZE64, &bytes) != 0 : !S_ISREG(status.st_mode))
		return disk->is_device ? -errno : -ENOTBLK;
	disk->dev.sectors = bytes / disk->dev.sector_size;
	if (!disk->dev.sectors)
		return -ENODATA;
	if (flock(disk->fd, (ro ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

static int start(struct disk *disk)
{
	pthread_t thread;
	int error;

	queue_init(&disk->todo);
	queue_init(&disk->done);
	pthread_mutex_init(&disk->mutex, NULL);
	pthread_cond_init(&disk->wanted, NULL);
	disk->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (disk->done_fd < 0)
		return -errno;
	error = pthread_create(&thread, NULL, work, disk);
	if (error)
		return -error;
	host_add_source(disk->done_fd, disk_ready, disk);
	return 0;
}

static void describe(struct disk *disk, unsigned index)
{
	disk->dev.ops = &disk_ops;
	disk->dev.index = index;
	snprintf(disk->dev.name, sizeof(disk->dev.name), "xvd%c", (char)('a' + index));
	disk->dev.request_max = REQUEST_MAX / disk->dev.sector_size;
	disk->dev.flush = true;
	disk->dev.discard = !disk->dev.read_only;
	disk->dev.up = true;
}

int host_disk_open(unsigned index, const char *text)
{
	struct disk *disk = calloc(1, sizeof(*disk));
	char *path = strdup(text);
	int error = disk && path ? 0 : -ENOMEM;

	if (!error) {
		disk->fd = -1;
		take_words(disk, path);
		error = open_file(disk, path);
	}
	free(path);
	error = error ? error : start(disk);
	if (!error) {
		describe(disk, index);
		return blkdev_register(&disk->dev);
	}
	if (disk && disk->fd >= 0)
		close(disk->fd);
	free(disk);
	return error;
}
