using Tierce.Tool.Bench.Interrupts;

namespace Tierce.Boot.Tests;

/// <summary>Programs of a running machine are made to crash from outside, at places of their own, by a jump to nowhere.</summary>
internal static class Crashes
{
    /// <summary>Address that no program has mapped.</summary>
    public const ulong Nowhere = 0x10;

    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(150);
    private static readonly string[] s_machine = ["--memory", "192M", "--timeout", "270"];

    /// <summary>Symbols of an image.</summary>
    public static ImageSymbols Symbols(string image) => ImageSymbols.Read(Path.Combine(Launcher.Root, "artifacts", "images", image));

    /// <summary>Lets the machine run to an address.</summary>
    public static void RunTo(GdbStub stub, ulong address)
    {
        stub.Break(address);
        stub.Continue();
        Assert.True(stub.WaitForStop(s_stopLimit), $"0x{address:x} is not reached");
        stub.Unbreak(address);
    }

    /// <summary>Makes the program that runs crash after some instructions, and lets the machine run to an address of root's.</summary>
    public static void Crash(GdbStub stub, int steps, ulong restart)
    {
        for (int i = 0; i < steps; i++)
        {
            stub.Step();
        }

        stub.Set(GdbStub.InstructionPointer, Nowhere);
        RunTo(stub, restart);
    }

    /// <summary>Calls the launcher's <c>run</c> while something plays with the machine over QEMU's gdb stub.</summary>
    public static Outcome Run(string name, byte[] input, Action<GdbStub> play, params string[] arguments) => Run(
        name,
        play,
        (logs, environment) => Launcher.Call(logs, input, environment, Path.Combine(Launcher.Root, "tierce"), ["run", "--logs", logs, .. s_machine, .. arguments]));

    /// <summary>
    /// The same with a guest that sends back what it is sent. It gets the second part of its input when it has sent back the first, and the
    /// machine is stopped then, for as long as it takes to set a first breakpoint.
    /// </summary>
    public static Outcome RunEcho(string name, byte[] first, byte[] second, Action<GdbStub> play, params string[] arguments)
    {
        using ManualResetEventSlim echoed = new(), stopped = new();
        return Run(
            name,
            stub =>
            {
                stub.Continue();
                echoed.Wait();
                stub.Interrupt();
                stopped.Set();
                play(stub);
            },
            (logs, environment) => Launcher.CallInTwo(logs, first, Stop, second, environment, Path.Combine(Launcher.Root, "tierce"), ["run", "--logs", logs, .. s_machine, .. arguments]));

        void Stop()
        {
            echoed.Set();
            stopped.Wait(s_stopLimit);
        }
    }

    private static Outcome Run(string name, Action<GdbStub> play, Func<string, Action<IDictionary<string, string?>>, Outcome> call)
    {
        string socket = Path.Combine(Path.GetTempPath(), $"tierce-{Environment.ProcessId}-{name}.gdb");
        Task playing = Task.Run(() =>
        {
            using GdbStub stub = GdbStub.Connect(socket);
            play(stub);
        });
        Outcome outcome = call(
            Path.Combine(Launcher.Root, "artifacts", "logs", name),
            environment => environment["TIERCE_QEMU_ARGS"] = $"-gdb unix:{socket},server=on,wait=off");
        playing.Wait();
        File.Delete(socket);
        return outcome;
    }
}
