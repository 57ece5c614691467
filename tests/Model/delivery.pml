/*
 * The delivery of events to a virtual CPU, for spin: from a driver by the monitor (III C) or bound to the virtual CPU, and the virtual
 * CPU's own timer. Each step is what the code does without being interrupted at one place; the kernel, which runs with interrupts
 * off, is a step. Behind each step stands the function it models. Everything that can run may run at any time: more than the
 * priorities allow.
 *
 * Lost:    at the end (nobody can go on) a timer has fired, or data has come, that the guest's handler has not seen.
 * Doubled: the handler has seen more timer events than fired, or more data than the driver has written.
 *
 * A macro takes one precaution out: then spin must find an error (DeliveryTests.cs lists them).
 */
#define TIMER 1
#define MONITOR 2
#define CONSOLE 4

#define TIMERS 2
#define SIGNALS 3
#define TOGGLES 2
#define MOVES 3

/* Where VMUSR is. From INROM on it is in ROM text. */
mtype = { KERNEL, MASKED, UNMASKED, UPCALL, PORTS_TIMER, PORTS_CONSOLE,
          HYPERCALL, EXIT_TEST, EXIT_LEAVE, EXIT_EVENT, IRET_UNMASK, IRET_TEST, IRET_LEAVE, IRET_EVENT,
          BLOCK_UNMASK, BLOCK_TEST, BLOCK_CALL, BLOCK_WAITS, BLOCK_TAKE, BLOCK_MOVE,
          BECAME, LOOK, LOOK_MOVE, JUMP };
#define IN_ROM (usr != KERNEL && usr != MASKED && usr != UNMASKED && usr != UPCALL && usr != PORTS_TIMER && usr != PORTS_CONSOLE)

/* Where VMINT is. */
mtype = { NONE, TAKE, DECIDE, PUSH, SWITCH, RCV };

mtype usr = KERNEL;
mtype vmint = NONE;

/* VCpuPage */
byte pending;
bool inVmint;

/* VCpu.EventCheck */
bool eventCheck;

/* Xen's vcpu_info, and two ports of shared_info */
bool upcall;
bool mask = true;
bool timerPort, consolePort;

/* Kernel.Notification, of driver and of monitor; BoundBits */
bool driverBits, monitorBits, bound;

/* What the driver has put into the shared ring and the ROM has not taken; what the ROM has put into Xen's. */
byte ring, xen;

/* Rom.Xen.ConsoleInput.Take: InputRing.Taking, More, and what is on its way. VMINT takes it at one go, VMUSR may be interrupted. */
bool taking, more;
byte moving;

bool armed = true;
byte fired, timerSeen, signalled, written, consoleSeen, moves;
bool testSaw;

/* Kernel.VCpu.Raise */
inline raise(events) {
    pending = pending | events;
    if
    :: usr == BLOCK_WAITS -> usr = BLOCK_TAKE; eventCheck = false
    :: else -> eventCheck = true
    fi
}

/* Rom.Xen.Events.Raise: selects only if the port was not pending */
inline romRaise(port) {
    if
    :: !port -> port = true; upcall = true
    :: else
    fi
}

inline commitInput() {
    assert(moving <= ring);
    ring = ring - moving;
    xen = xen + moving;
    if
    :: moving > 0 -> romRaise(consolePort)
    :: else
    fi;
    moving = 0
}

/* Rom.Xen.Events.TakePending, but for the console's input */
inline takeEvents() {
    if
    :: pending & TIMER -> romRaise(timerPort)
    :: else
    fi;
    if
    :: (pending & MONITOR) && (timerPort || consolePort) -> upcall = true
    :: else
    fi;
#ifndef TAKEN_TWICE
    pending = 0
#else
    skip
#endif
}

/* The same in VMINT */
inline takeInVmint() {
    if
#ifndef NO_TAKING_FLAG
    :: (pending & CONSOLE) && taking -> more = true
    :: (pending & CONSOLE) && !taking -> moving = ring; commitInput()
#else
    :: pending & CONSOLE -> xen = xen + ring; ring = 0; romRaise(consolePort)
#endif
    :: else
    fi;
    takeEvents()
}

/* The same in VMUSR: up to where the bytes are counted, and from there */
inline takeBegins(then, otherwise) {
    if
    :: pending & CONSOLE -> taking = true; more = false; moving = ring; usr = then
    :: else -> usr = otherwise
    fi;
    takeEvents()
}
inline takeEnds(then) {
    commitInput();
    if
    :: more -> more = false; moving = ring
    :: else -> taking = false; usr = then
    fi
}

/* Timer of the virtual CPU: Kernel.VCpu.TimerExpired. Armed by the guest's handler (VmCall.SetTimer). */
active proctype Timer() {
end:
    do
    :: atomic { armed && fired < TIMERS -> armed = false; fired++; raise(TIMER) }
    od
}

/* Driver: secure top half. Bytes to the ring, then SND: Kernel.Notification.Signal, which knows of the binding. */
active proctype Driver() {
end:
    do
    :: atomic { signalled < SIGNALS -> ring++; written++ };
       atomic {
           signalled++;
           if
           :: bound -> raise(CONSOLE)
           :: else -> monitorBits = true
           fi
       }
    od
}

/* Monitor: GET, then VCpuControl Inject (GuestLife.Serve). The bytes are taken by the ROM, on both paths. */
active proctype Monitor() {
end:
    do
    :: atomic { monitorBits -> monitorBits = false };
#ifndef NO_INJECT
       atomic { raise(CONSOLE) }
#else
       skip
#endif
    od
}

/* The monitor's own word for the guest, beside that: SharedInfoPage.Raise, then Inject. The guest finds nothing new, which is no harm. */
active proctype Word() {
    atomic { consolePort = true };
    if
    :: atomic { true -> upcall = true }
    :: true     /* the guest has moved its vcpu_info: the ROM does this */
    fi;
    atomic { raise(MONITOR) }
}

/* Binding and revoking, at any time: from then on the driver's bits become events of the virtual CPU, or no longer. */
active proctype Binder() {
    byte toggles = 0;
end:
    do
    :: atomic { toggles < TOGGLES -> toggles++;
#ifdef BIND_DROPS
           monitorBits = false;
#endif
           bound = !bound }
    od
}

/*
 * The virtual CPU. Before each step of VMUSR or VMINT the kernel has left by TrapHandlers.Leave: with EventCheck it clears that, and
 * enters VMINT if an event is pending and VMINT does not run (VCpu: "before the next resume").
 */
active proctype VCpu() {
end:
    do
    /* Kernel.TrapHandlers.Leave, Kernel.VirtualInterrupt.Enter */
    :: atomic { eventCheck && usr != BLOCK_WAITS ->
           eventCheck = false;
           if
           :: pending != 0 && !inVmint -> inVmint = true; vmint = TAKE
           :: else
           fi
       }

    /* VMINT: Rom.Entries.Vmint */
    :: atomic { !eventCheck && vmint == TAKE -> takeInVmint(); vmint = DECIDE }
    :: atomic { !eventCheck && vmint == DECIDE ->
           if
           :: IN_ROM ->
               /* Machine.Restart: regions exit_kernel (exit_call and exit_frame are like it), iret_kernel (iret_user), rom_block (rom_block_while) */
               if
#ifndef NO_EXIT_RESTART
               :: usr == EXIT_LEAVE -> usr = EXIT_TEST
#endif
#ifndef NO_IRET_RESTART
               :: usr == IRET_TEST || usr == IRET_LEAVE -> usr = IRET_UNMASK
#endif
#ifndef NO_BLOCK_RESTART
               :: usr == BLOCK_CALL -> usr = BLOCK_TEST
#endif
               :: else
               fi;
               vmint = RCV
           :: else ->
               if
               :: upcall && !mask -> vmint = PUSH
               :: else -> vmint = RCV
               fi
           fi
       }
    /* entry.S, vmint_deliver: VMINT becomes VMUSR */
    :: atomic { !eventCheck && vmint == PUSH -> mask = true; vmint = SWITCH }
    :: atomic { !eventCheck && vmint == SWITCH -> inVmint = false; vmint = NONE; usr = BECAME }
    /* VmCall.Rcv: Kernel.VirtualInterrupt.Receive */
    :: atomic { !eventCheck && vmint == RCV -> inVmint = false; vmint = NONE;
#ifndef RCV_BLIND
           eventCheck = true
#else
           skip
#endif
       }

    /* entry.S, vmint_check: the last look */
    :: atomic { !eventCheck && vmint == NONE && usr == BECAME ->
#ifndef NO_LAST_LOOK
           if
           :: pending != 0 -> usr = LOOK
           :: else -> usr = JUMP
           fi
#else
           usr = JUMP
#endif
       }
    :: atomic { !eventCheck && vmint == NONE && usr == LOOK -> takeBegins(LOOK_MOVE, BECAME) }
    :: atomic { !eventCheck && vmint == NONE && usr == LOOK_MOVE -> takeEnds(BECAME) }
    :: atomic { !eventCheck && vmint == NONE && usr == JUMP -> usr = UPCALL }

    /* The guest's kernel, as Linux does it: masks and unmasks by memory writes, looks after unmasking, blocks. */
    :: atomic { !eventCheck && vmint == NONE && usr == KERNEL && moves < MOVES -> moves++;
           if
           :: mask = true; usr = MASKED
           :: usr = BLOCK_UNMASK
           :: mask -> mask = false; usr = UNMASKED
           fi
       }
    :: atomic { !eventCheck && vmint == NONE && usr == MASKED -> mask = false; usr = UNMASKED }
    :: atomic { !eventCheck && vmint == NONE && usr == UNMASKED ->
           if
           :: upcall -> usr = HYPERCALL
           :: else -> usr = KERNEL
           fi
       }
    /* Its handler, with events masked: flag, ports, then the iret hypercall. */
    :: atomic { !eventCheck && vmint == NONE && usr == UPCALL -> upcall = false; usr = PORTS_TIMER }
    :: atomic { !eventCheck && vmint == NONE && usr == PORTS_TIMER ->
           if
           :: timerPort -> timerPort = false; timerSeen++; assert(timerSeen <= fired); armed = true
           :: else
           fi;
           usr = PORTS_CONSOLE
       }
    :: atomic { !eventCheck && vmint == NONE && usr == PORTS_CONSOLE ->
           if
           :: consolePort -> consolePort = false; consoleSeen = consoleSeen + xen; xen = 0; assert(consoleSeen <= written)
           :: else
           fi;
           usr = IRET_UNMASK
       }

    /* entry.S: hypercall, exit_kernel, exit_kernel_event */
    :: atomic { !eventCheck && vmint == NONE && usr == HYPERCALL -> usr = EXIT_TEST }
    :: atomic { !eventCheck && vmint == NONE && usr == EXIT_TEST -> testSaw = upcall && !mask; usr = EXIT_LEAVE }
    :: atomic { !eventCheck && vmint == NONE && usr == EXIT_LEAVE ->
           if
           :: testSaw -> usr = EXIT_EVENT
           :: else -> usr = KERNEL
           fi
       }
    :: atomic { !eventCheck && vmint == NONE && usr == EXIT_EVENT -> mask = true; usr = UPCALL }

    /* entry.S: iret_kernel, iret_kernel_event */
    :: atomic { !eventCheck && vmint == NONE && usr == IRET_UNMASK -> mask = false; usr = IRET_TEST }
    :: atomic { !eventCheck && vmint == NONE && usr == IRET_TEST -> testSaw = upcall && !mask; usr = IRET_LEAVE }
    :: atomic { !eventCheck && vmint == NONE && usr == IRET_LEAVE ->
           if
           :: testSaw -> usr = IRET_EVENT
           :: else -> usr = KERNEL
           fi
       }
    :: atomic { !eventCheck && vmint == NONE && usr == IRET_EVENT -> mask = true; usr = UPCALL }

    /* SchedOp.Block; helpers.S, rom_block (rom_block_while tests an index of the console in place of upcall); Kernel.VmCalls.Block */
    :: atomic { !eventCheck && vmint == NONE && usr == BLOCK_UNMASK -> mask = false; usr = BLOCK_TEST }
    :: atomic { !eventCheck && vmint == NONE && usr == BLOCK_TEST -> testSaw = upcall; usr = BLOCK_CALL }
    :: atomic { !eventCheck && vmint == NONE && usr == BLOCK_CALL ->
           if
           :: testSaw || pending != 0 -> usr = BLOCK_TAKE
           :: else -> usr = BLOCK_WAITS
           fi
       }
    :: atomic { !eventCheck && vmint == NONE && usr == BLOCK_TAKE -> takeBegins(BLOCK_MOVE, EXIT_TEST) }
    :: atomic { !eventCheck && vmint == NONE && usr == BLOCK_MOVE -> takeEnds(EXIT_TEST) }
    od
}

/* Nobody can go on. */
active proctype Judge() {
    timeout ->
    assert(usr == KERNEL || usr == BLOCK_WAITS);
    assert(fired == TIMERS && timerSeen == fired);
    assert(signalled == SIGNALS && consoleSeen == written)
}
