#define _GNU_SOURCE
/*
 * Uses nothing but <linux/vfio.h>. SOURCE TARGET: saves the state of one device and resumes it in the other, through the
 * migration region of Linux 5.8. DEVICE: the migration feature of Linux 5.18.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct device {
	int fd;
	off_t migration;
	size_t room;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static const char *outcome(int result)
{
	return result < 0 ? strerrorname_np(errno) : "ok";
}

/* The region whose capability says that it is for migration. */
static struct device open_device(const char *path)
{
	struct device device = { .fd = open(path, O_RDWR) };
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (device.fd < 0)
		fail(path);
	if (ioctl(device.fd, VFIO_DEVICE_GET_INFO, &info) < 0)
		fail("VFIO_DEVICE_GET_INFO");
	for (unsigned i = 0; i < info.num_regions; i++) {
		char room[256] = { 0 };
		struct vfio_region_info *region = (void *)room;
		struct vfio_region_info_cap_type *type;

		region->argsz = sizeof(room);
		region->index = i;
		if (ioctl(device.fd, VFIO_DEVICE_GET_REGION_INFO, region) < 0)
			fail("VFIO_DEVICE_GET_REGION_INFO");
		if (!(region->flags & VFIO_REGION_INFO_FLAG_CAPS) || !region->cap_offset)
			continue;
		type = (void *)(room + region->cap_offset);
		if (type->header.id != VFIO_REGION_INFO_CAP_TYPE || type->type != VFIO_REGION_TYPE_MIGRATION_DEPRECATED ||
		    type->subtype != VFIO_REGION_SUBTYPE_MIGRATION_DEPRECATED)
			continue;
		device.migration = region->offset;
		device.room = region->size;
	}
	return device;
}

#define OFFSET(field) offsetof(struct vfio_device_migration_info, field)

static void get(struct device *device, off_t at, void *to, size_t size)
{
	if (pread(device->fd, to, size, device->migration + at) != (ssize_t)size)
		fail("pread");
}

static void put(struct device *device, off_t at, const void *from, size_t size)
{
	if (pwrite(device->fd, from, size, device->migration + at) != (ssize_t)size)
		fail("pwrite");
}

static __u64 get64(struct device *device, off_t at)
{
	__u64 value;

	get(device, at, &value, sizeof(value));
	return value;
}

static void set_state(struct device *device, __u32 state)
{
	__u32 now;

	get(device, OFFSET(device_state), &now, sizeof(now));
	now = (now & ~VFIO_DEVICE_STATE_MASK) | state;
	put(device, OFFSET(device_state), &now, sizeof(now));
}

/* One chunk, as the header describes it: pending, offset, size, data; offset, data, size. */
static size_t carry(struct device *source, struct device *target)
{
	static char chunk[1 << 20];
	__u64 offset = get64(source, OFFSET(data_offset));
	__u64 size = get64(source, OFFSET(data_size));

	if (size > sizeof(chunk))
		exit(1);
	get(source, offset, chunk, size);
	put(target, get64(target, OFFSET(data_offset)), chunk, size);
	put(target, OFFSET(data_size), &size, sizeof(size));
	return size;
}

static int migrate(const char *from, const char *to)
{
	struct device source = open_device(from), target = open_device(to);
	unsigned char mark = 0x2a, arrived = 0;
	size_t before = 0, after = 0;
	off_t line = ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40) + 0x3c;
	__u32 wide = 0;

	printf("region %s\n", source.room && target.room ? "found" : "missing");
	if (!source.room || !target.room)
		return 1;
	if (pwrite(source.fd, &mark, 1, line) != 1)
		fail("interrupt line");
	set_state(&target, VFIO_DEVICE_STATE_V1_RESUMING);
	set_state(&source, VFIO_DEVICE_STATE_V1_RUNNING | VFIO_DEVICE_STATE_V1_SAVING);
	while (before < 1 << 20 && get64(&source, OFFSET(pending_bytes)) > 0)
		before += carry(&source, &target);
	printf("to running early %s\n",
	       outcome(pwrite(target.fd, &(__u32){ VFIO_DEVICE_STATE_V1_RUNNING }, 4, target.migration)));
	set_state(&source, VFIO_DEVICE_STATE_V1_SAVING);
	while (get64(&source, OFFSET(pending_bytes)) > 0)
		after += carry(&source, &target);
	set_state(&source, VFIO_DEVICE_STATE_V1_STOP);
	set_state(&target, VFIO_DEVICE_STATE_V1_RUNNING);
	if (pread(target.fd, &arrived, 1, line) != 1)
		fail("interrupt line");
	printf("before %s after %s arrived %#x\n", before ? "some" : "none", after ? "some" : "none", arrived);
	printf("half a field %s\n", outcome(pread(source.fd, &wide, 2, source.migration)));
	printf("invalid state %s\n", outcome(pwrite(source.fd, &(__u32){ 7 }, 4, source.migration)));
	return 0;
}

static int feature(const char *path)
{
	int fd = open(path, O_RDWR);
	char room[sizeof(struct vfio_device_feature) + 64] = { 0 };
	struct vfio_device_feature *feature = (void *)room;
	struct vfio_device_feature_migration *migration = (void *)feature->data;
	struct vfio_device_feature_mig_state *state = (void *)feature->data;

	if (fd < 0)
		fail(path);
	feature->argsz = sizeof(room);
	feature->flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION;
	printf("flags %s", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	printf(" %llu\n", migration->flags);
	feature->flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE;
	printf("state %s", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	printf(" %u fd %d\n", state->device_state, state->data_fd);
	feature->flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE;
	state->device_state = VFIO_DEVICE_STATE_STOP;
	printf("stop %s", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	printf(" %u fd %d\n", state->device_state, state->data_fd);
	state->device_state = VFIO_DEVICE_STATE_STOP_COPY;
	printf("stop copy %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	state->device_state = VFIO_DEVICE_STATE_ERROR;
	printf("error %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	state->device_state = VFIO_DEVICE_STATE_RUNNING;
	printf("running %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	feature->argsz = sizeof(*feature) + 4;
	printf("no room %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	feature->argsz = sizeof(*feature);
	feature->flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIGRATION;
	printf("set flags %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	feature->flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET | 6;
	printf("dirty log %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, feature)));
	return 0;
}

int main(int argc, char **argv)
{
	return argc > 2 ? migrate(argv[1], argv[2]) : feature(argv[1]);
}
