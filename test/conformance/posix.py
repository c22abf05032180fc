"""A client for conformance cases: one JSON request a line, one answer a line. Text is bytes as Latin-1."""
import array, ctypes, errno, fcntl, json, mmap, os, select, stat, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
WHENCE = {'set': os.SEEK_SET, 'cur': os.SEEK_CUR, 'end': os.SEEK_END, 'data': os.SEEK_DATA, 'hole': os.SEEK_HOLE}
ACCESS = {'r': os.R_OK, 'w': os.W_OK, 'x': os.X_OK}
KIND = {'file': stat.S_IFREG, 'fifo': stat.S_IFIFO}
POLL_ALL = 0x7ff
# of two names for one number, the one that the kernel uses
ERRNO = {**errno.errorcode, errno.EOPNOTSUPP: 'EOPNOTSUPP', errno.EAGAIN: 'EAGAIN', errno.EDEADLK: 'EDEADLK'}


def path(text):
    return text.encode('latin-1')


def text(data):
    return bytes(data).decode('latin-1')


def kind(mode):
    return 'directory' if stat.S_ISDIR(mode) else 'link' if stat.S_ISLNK(mode) else 'file'


def status(s):
    return dict(type=kind(s.st_mode), mode=stat.S_IMODE(s.st_mode), nlink=s.st_nlink, size=s.st_size, uid=s.st_uid,
                gid=s.st_gid, ino=s.st_ino, blocks=s.st_blocks, blksize=s.st_blksize, mtime=int(s.st_mtime))


def checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def getdents(fd, size):
    buffer = ctypes.create_string_buffer(size)
    count = checked(libc.getdents64(fd, buffer, ctypes.c_size_t(size)))
    entries, at = [], 0
    while at < count:
        ino, offset, length, dtype = struct.unpack_from('=QqHB', buffer.raw, at)
        name = buffer.raw[at + 19:at + length].split(b'\0', 1)[0]
        entries.append(dict(name=text(name), ino=ino, offset=offset, type=kind(dtype << 12)))
        at += length
    return entries


def poll(fd, timeout):
    poller = select.poll()
    poller.register(fd, POLL_ALL)
    events = poller.poll(timeout)
    return events[0][1] if events else 0


def sendfile(fd, length):
    reader, writer = os.pipe()
    try:
        count = os.sendfile(writer, fd, None, length)
        return text(os.read(reader, count)) if count else ''
    finally:
        os.close(reader)
        os.close(writer)


def ioctl(fd, command):
    value = array.array('i', [0])
    fcntl.ioctl(fd, command, value)
    return value[0]


def map_file(fd, length, how):
    mmap.mmap(fd, length, flags=mmap.MAP_SHARED if how == 'shared' else mmap.MAP_PRIVATE, prot=mmap.PROT_READ).close()


def statfs(p):
    s = os.statvfs(path(p))
    return dict(bsize=s.f_bsize, blocks=s.f_blocks, files=s.f_files, namemax=s.f_namemax)


def access(p, wanted):
    if not os.access(path(p), ACCESS[wanted], effective_ids=True):
        raise OSError(errno.EACCES, 'access')


OPERATIONS = dict(
    open=lambda p, flags: os.open(path(p), flags, 0o644),
    openat=lambda fd, name, flags: os.open(path(name), flags, 0o644, dir_fd=fd),
    close=os.close,
    read=lambda fd, n: text(os.read(fd, n)),
    pread=lambda fd, n, at: text(os.pread(fd, n, at)),
    write=lambda fd, data: os.write(fd, path(data)),
    pwrite=lambda fd, data, at: os.pwrite(fd, path(data), at),
    writev=lambda fd, pieces: os.writev(fd, [path(piece) for piece in pieces]),
    sendfile=sendfile,
    lseek=lambda fd, offset, whence: os.lseek(fd, offset, WHENCE[whence]),
    fstat=lambda fd: status(os.fstat(fd)),
    poll=poll,
    getdents=getdents,
    ftruncate=os.ftruncate,
    fchmod=os.fchmod,
    fsync=os.fsync,
    fallocate=lambda fd, n: checked(libc.fallocate(fd, 0, ctypes.c_long(0), ctypes.c_long(n))),
    flock=lambda fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
    mmap=map_file,
    ioctl=ioctl,
    stat=lambda p: status(os.stat(path(p))),
    lstat=lambda p: status(os.lstat(path(p))),
    statfs=statfs,
    readlink=lambda p: text(os.readlink(path(p))),
    access=access,
    mkdir=lambda p: os.mkdir(path(p)),
    rmdir=lambda p: os.rmdir(path(p)),
    unlink=lambda p: os.unlink(path(p)),
    rename=lambda a, b: os.rename(path(a), path(b)),
    symlink=lambda target, p: os.symlink(path(target), path(p)),
    link=lambda a, b: os.link(path(a), path(b)),
    mknod=lambda p, what: os.mknod(path(p), KIND[what] | 0o644),
    chmod=lambda p, mode: os.chmod(path(p), mode),
    chown=lambda p, uid, gid: os.lchown(path(p), uid, gid),
    utime=lambda p, seconds: os.utime(path(p), (seconds, seconds)),
    truncate=lambda p, n: os.truncate(path(p), n),
    getxattr=lambda p, name: text(os.getxattr(path(p), name)),
    setxattr=lambda p, name, value: os.setxattr(path(p), name, path(value)),
    removexattr=lambda p, name: os.removexattr(path(p), name),
    listxattr=lambda p: os.listxattr(path(p)),
)

for line in sys.stdin:
    request = json.loads(line)
    uid = request['uid']
    try:
        if uid:
            os.setegid(uid)
            os.seteuid(uid)
        answer = dict(value=OPERATIONS[request['op']](*request['args']))
    except OSError as error:
        answer = dict(errno=ERRNO[error.errno])
    finally:
        if uid:
            os.seteuid(0)
            os.setegid(0)
    print(json.dumps(answer), flush=True)
