namespace Tierce.Guest.Bench;

/// <summary>The measured operations. Each function does its operation a number of times and returns the ticks that this took.</summary>
internal static unsafe class Rows
{
    private const long PageSize = 4096;
    private const int PagesOfMap = 64;
    private const int MostProcesses = 16;

    /// <summary>Pages that an ordinary small program, a shell say, has written to.</summary>
    private const int PagesOfProgram = 64;

    /// <summary>Fills memory, so that a fork of this process is a fork of an ordinary one.</summary>
    public static void GrowToOrdinarySize()
    {
        byte* memory = Calls.MapFresh(PagesOfProgram * PageSize, populate: false);
        for (int i = 0; i < PagesOfProgram; i++)
        {
            memory[i * PageSize] = 1;
        }
    }

    /// <summary>getppid.</summary>
    public static ulong NullSystemCall(int times)
    {
        ulong start = Clock.Now();
        for (int i = 0; i < times; i++)
        {
            Calls.Null();
        }

        return Clock.Now() - start;
    }

    /// <summary>One byte to another process and back.</summary>
    public static ulong Pipe(int times) => Ring(2, times);

    /// <summary>A process that ends at once, waited for.</summary>
    public static ulong Fork(int times)
    {
        ulong start = Clock.Now();
        for (int i = 0; i < times; i++)
        {
            int child = Linux.Fork();
            if (child == 0)
            {
                Linux.Exit(0);
            }

            Linux.Wait(child, null, 0);
        }

        return Clock.Now() - start;
    }

    /// <summary>A process that runs a program, waited for.</summary>
    /// <param name="arguments">The program's path and its arguments.</param>
    /// <param name="times">How often.</param>
    public static ulong Execute(byte** arguments, int times)
    {
        byte* none = null;
        ulong start = Clock.Now();
        for (int i = 0; i < times; i++)
        {
            int child = Linux.Fork();
            if (child == 0)
            {
                Linux.Execute(arguments[0], arguments, &none);
                Linux.Exit(Program.Failed);
            }

            int status = 0;
            Linux.Wait(child, &status, 0);
            if (status != 0)
            {
                return 0;
            }
        }

        return Clock.Now() - start;
    }

    /// <summary>The first write to a page of fresh memory.</summary>
    public static ulong PageFault(int times)
    {
        byte* memory = Calls.MapFresh(times * PageSize, populate: false);
        ulong start = Clock.Now();
        for (int i = 0; i < times; i++)
        {
            memory[i * PageSize] = 1;
        }

        ulong ticks = Clock.Now() - start;
        Calls.Unmap(memory, times * PageSize);
        return ticks;
    }

    /// <summary>Memory mapped, filled by the kernel and given back.</summary>
    public static ulong Map(int times)
    {
        ulong start = Clock.Now();
        for (int i = 0; i < times; i++)
        {
            Calls.Unmap(Calls.MapFresh(PagesOfMap * PageSize, populate: true), PagesOfMap * PageSize);
        }

        return Clock.Now() - start;
    }

    /// <summary>
    /// A byte passed to the next process of a ring: write, switch, read. Taking away what the pipes cost would drown in the noise of wall
    /// time.
    /// </summary>
    public static ulong ContextSwitch(int processes, int times) => Ring(processes, times / processes);

    /// <summary>A byte passes through a ring of processes, from pipe to pipe; one turn is one operation.</summary>
    private static ulong Ring(int processes, int times)
    {
        int* ends = stackalloc int[2 * MostProcesses];
        for (int i = 0; i < processes; i++)
        {
            Linux.Pipe(ends + (2 * i));
        }

        // Process n reads from pipe n - 1 and writes to pipe n; this one is the first.
        int* children = stackalloc int[MostProcesses];
        for (int i = 1; i < processes; i++)
        {
            children[i] = Linux.Fork();
            if (children[i] == 0)
            {
                Pass(ends, processes, i);
            }
        }

        int last = ends[2 * (processes - 1)];
        byte token = 0;
        ulong start = Clock.Now();
        for (int i = 0; i < times; i++)
        {
            Linux.WriteAll(ends[1], &token, 1);
            Linux.Read(last, &token, 1);
        }

        ulong ticks = Clock.Now() - start;
        for (int i = 0; i < 2 * processes; i++)
        {
            Linux.Close(ends[i]);
        }

        for (int i = 1; i < processes; i++)
        {
            Linux.Wait(children[i], null, 0);
        }

        return ticks;
    }

    /// <summary>Passes the byte on until the process before has closed its end.</summary>
    private static void Pass(int* ends, int processes, int self)
    {
        int from = ends[2 * (self - 1)];
        int to = ends[(2 * self) + 1];
        for (int i = 0; i < 2 * processes; i++)
        {
            if (ends[i] != from && ends[i] != to)
            {
                Linux.Close(ends[i]);
            }
        }

        byte token;
        while (Linux.Read(from, &token, 1) == 1)
        {
            Linux.WriteAll(to, &token, 1);
        }

        Linux.Exit(0);
    }
}
