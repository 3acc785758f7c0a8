import { endianness } from 'node:os';

/** Numbers of linux/audit.h and of each architecture's system call table. */
const architectures = {
  x64: { audit: 0xc000_003e, column: 0 },
  arm64: { audit: 0xc000_00b7, column: 1 },
} as const;

/** No number of that architecture. */
const none = -1;

/**
 * System calls that no build or test needs and that reach the kernel's own parts: file systems, modules,
 * clocks, keys, tracing from outside, namespaces. [x64, arm64].
 */
export const refused: Readonly<Record<string, readonly [number, number]>> = {
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  acct: [163, 89],
  quotactl: [179, 60],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  iopl: [172, none],
  ioperm: [173, none],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  move_pages: [279, 239],
};

/** Programs that ask for these fall back when the kernel seems not to know them. */
export const unknown: Readonly<Record<string, readonly [number, number]>> = {
  // Its flags lie in memory, where a filter cannot look.
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  // Memory that no limit of a process counts; who asks for it falls back to a file.
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
};

/** Calls whose first arguments decide. */
export const weighedCalls = {
  clone: [56, 220],
  socket: [41, 198],
  socketpair: [53, 199],
  ioctl: [16, 29],
  shmget: [29, 194],
} as const;

/** CLONE_NEW…: mount, cgroup, uts, ipc, user, pid, network. */
const newNamespaces = 0x7e02_0000;
/** AF_INET, AF_INET6, AF_NETLINK; AF_VSOCK for one leads to the host of a virtual machine. */
const families = [2, 10, 16] as const;
const unix = 1;
/** SOCK_STREAM; the bits above its kind are flags. */
const stream = 1;
const kindOfSocket = 0xf;
/** Segments stay without a process; the kernel allows 4,096 of them, so these are 256 MiB together. */
const sharedSegmentBytesMax = 65_536;
/** TIOCSTI and TIOCLINUX type into a terminal. */
const typing = [0x5412, 0x541c] as const;

const errors = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;
const allow = 0x7fff_0000;
const killProcess = 0x8000_0000;
const failWith = (error: keyof typeof errors): number => 0x0005_0000 | errors[error];

/** Offsets in struct seccomp_data; the lower half of an argument on a little-endian machine. */
const callNumber = 0;
const architecture = 4;
const argument = (index: number): number => 16 + 8 * index;
const upperHalf = 4;

type Instruction = readonly [code: number, isTrue: number, isFalse: number, value: number];
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const give = (action: number): Instruction => [0x06, 0, 0, action];
const skipUnlessEqual = (value: number, skip: number): Instruction => [0x15, 0, skip, value];
const skipIfEqual = (value: number, skip: number): Instruction => [0x15, skip, 0, value];
const skipUnlessAtLeast = (value: number, skip: number): Instruction => [0x35, 0, skip, value];
const skipUnlessAnyBit = (bits: number, skip: number): Instruction => [0x45, 0, skip, bits];
const keepBits = (bits: number): Instruction => [0x54, 0, 0, bits];

/** Numbers from here on are the x32 table's, which names the same calls once more. */
const x32Start = 0x4000_0000;

/**
 * A filter program for `bwrap --seccomp`: struct sock_filter after struct sock_filter (linux/filter.h,
 * seccomp(2)).
 *
 * @param network true where the command shares the machine's network: with it come the sockets without a
 *   file (of desktops, agents and container engines), so that it gets no socket of this machine at all but
 *   pairs that are connected already.
 * @returns null for an architecture whose numbers are not written down here.
 */
export function seccompProgram(machine: string, network: boolean): Buffer | null {
  const known = Object.hasOwn(architectures, machine) && endianness() === 'LE';
  if (!known) return null;
  const { audit, column } = architectures[machine as keyof typeof architectures];
  const program: readonly Instruction[] = [
    load(architecture),
    skipIfEqual(audit, 1),
    give(killProcess),
    load(callNumber),
    skipUnlessAtLeast(x32Start, 1),
    give(failWith('ENOSYS')),
    ...Object.values(refused).flatMap((numbers) => failing(numbers[column], 'EPERM')),
    ...Object.values(unknown).flatMap((numbers) => failing(numbers[column], 'ENOSYS')),
    ...weighing(column, network),
    give(allow),
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, isTrue, isFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(isTrue, index * 8 + 2);
    bytes.writeUInt8(isFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}

function weighing(column: 0 | 1, network: boolean): readonly Instruction[] {
  const { clone, socket, socketpair, ioctl, shmget } = weighedCalls;
  const reachable = network ? families : [unix, ...families];
  return [
    ...weighed(clone[column], 0, [
      skipUnlessAnyBit(newNamespaces, 1),
      give(failWith('EPERM')),
      give(allow),
    ]),
    ...weighed(socket[column], 0, [
      ...reachable.flatMap((family) => [skipUnlessEqual(family, 1), give(allow)]),
      give(failWith('EAFNOSUPPORT')),
    ]),
    // A pair of datagram sockets can be connected anew, to anyone.
    ...(network
      ? weighed(socketpair[column], 1, [
          keepBits(kindOfSocket),
          skipUnlessEqual(stream, 1),
          give(allow),
          give(failWith('EAFNOSUPPORT')),
        ])
      : []),
    ...weighed(ioctl[column], 1, [
      ...typing.flatMap((request) => [skipUnlessEqual(request, 1), give(failWith('EPERM'))]),
      give(allow),
    ]),
    ...weighed(shmget[column], 1, [
      skipUnlessAtLeast(sharedSegmentBytesMax + 1, 1),
      give(failWith('EPERM')),
      load(argument(1) + upperHalf),
      skipIfEqual(0, 1),
      give(failWith('EPERM')),
      give(allow),
    ]),
  ];
}

const failing = (call: number, error: keyof typeof errors): readonly Instruction[] =>
  call === none ? [] : [skipUnlessEqual(call, 1), give(failWith(error))];

/** Where it is this call, its argument is loaded and the steps decide. */
const weighed = (
  call: number,
  index: number,
  steps: readonly Instruction[],
): readonly Instruction[] => [
  skipUnlessEqual(call, steps.length + 1),
  load(argument(index)),
  ...steps,
];
