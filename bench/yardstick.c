// The yardstick: the least that libfuse3's low-level API needs to show one directory of text files, and a file `create` that
// makes a directory appear and a file `remove` that makes it vanish, caches told. Same answers to the kernel as mdevfs gives:
// entries and attributes for ever, direct I/O, st_size 4096.
#define FUSE_USE_VERSION 34
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILES 20
static const char TEXT[] = "0x1234\n";
enum { CREATE = 2, REMOVE = 3, DEVICE = 4, FIRST = 10 };
static int exists;
static struct fuse_session *session;

static int attr(fuse_ino_t ino, struct stat *st) {
  memset(st, 0, sizeof *st);
  st->st_ino = ino;
  if (ino == FUSE_ROOT_ID || (ino == DEVICE && exists)) {
    st->st_mode = S_IFDIR | 0755;
    st->st_nlink = 2 + (ino == FUSE_ROOT_ID ? exists : 0);
    return 0;
  }
  if (ino == CREATE || ino == REMOVE || (ino >= FIRST && ino < FIRST + FILES)) {
    st->st_mode = S_IFREG | (ino < FIRST ? 0200 : 0444);
    st->st_nlink = 1;
    st->st_size = 4096;
    return 0;
  }
  return -1;
}

static fuse_ino_t find(const char *name) {
  int n;
  if (!strcmp(name, "create")) return CREATE;
  if (!strcmp(name, "remove")) return REMOVE;
  if (!strcmp(name, "device") && exists) return DEVICE;
  if (sscanf(name, "file%d", &n) == 1 && n >= 0 && n < FILES) return FIRST + n;
  return 0;
}

static void ll_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param e = {.attr_timeout = 1e9, .entry_timeout = 1e9};
  e.ino = parent == FUSE_ROOT_ID ? find(name) : 0;
  if (!e.ino || attr(e.ino, &e.attr)) fuse_reply_err(req, ENOENT);
  else fuse_reply_entry(req, &e);
}

static void ll_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi) {
  struct stat st;
  (void)fi;
  if (attr(ino, &st)) fuse_reply_err(req, ENOENT);
  else fuse_reply_attr(req, &st, 1e9);
}

static void ll_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi) {
  (void)ino;
  fi->direct_io = 1;
  fuse_reply_open(req, fi);
}

static void ll_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi) {
  (void)ino; (void)size; (void)fi;
  if (off >= (off_t)sizeof TEXT - 1) fuse_reply_buf(req, NULL, 0);
  else fuse_reply_buf(req, TEXT + off, sizeof TEXT - 1 - off);
}

static void ll_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off, struct fuse_file_info *fi) {
  (void)buf; (void)off; (void)fi;
  exists = ino == CREATE;
  fuse_lowlevel_notify_inval_inode(session, FUSE_ROOT_ID, -1, 0);
  if (!exists) fuse_lowlevel_notify_inval_entry(session, FUSE_ROOT_ID, "device", 6);
  fuse_reply_write(req, size);
}

static void ll_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi) {
  char out[4096];
  size_t used = 0;
  struct stat st = {0};
  (void)ino; (void)fi;
  if (size > sizeof out) size = sizeof out;
  for (; off < FILES; off++) {
    char name[16];
    snprintf(name, sizeof name, "file%d", (int)off);
    st.st_ino = FIRST + off;
    st.st_mode = S_IFREG;
    size_t need = fuse_add_direntry(req, out + used, size - used, name, &st, off + 1);
    if (need > size - used) break;
    used += need;
  }
  fuse_reply_buf(req, out, used);
}

static const struct fuse_lowlevel_ops ops = {
    .lookup = ll_lookup, .getattr = ll_getattr, .open = ll_open, .read = ll_read, .write = ll_write, .readdir = ll_readdir,
};

int main(int argc, char **argv) {
  char *options[] = {argv[0], "-o", "default_permissions,fsname=yardstick", NULL};
  struct fuse_args args = FUSE_ARGS_INIT(3, options);
  if (argc != 2) return 2;
  session = fuse_session_new(&args, &ops, sizeof ops, NULL);
  if (!session || fuse_set_signal_handlers(session) || fuse_session_mount(session, argv[1])) return 1;
  if (write(1, "READY\n", 6) != 6) return 1;
  fuse_session_loop(session);
  fuse_session_unmount(session);
  return 0;
}
