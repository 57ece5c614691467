using Tierce.Tool.Bench.Interrupts;

namespace Tierce.Boot.Tests;

/// <summary>Programs of a running machine are made to crash from outside, at places of their own, by a jump to nowhere.</summary>
internal static class Crashes
{
    /// <summary>Address that no program has mapped.</summary>
    public const ulong Nowhere = 0x10;

    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(150);

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
    public static Outcome Run(string name, byte[] input, Action<GdbStub> play, params string[] arguments)
    {
        string socket = Path.Combine(Path.GetTempPath(), $"tierce-{Environment.ProcessId}-{name}.gdb");
        Task playing = Task.Run(() =>
        {
            using GdbStub stub = GdbStub.Connect(socket);
            play(stub);
        });
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Outcome outcome = Launcher.Call(
            logs,
            input,
            environment => environment["TIERCE_QEMU_ARGS"] = $"-gdb unix:{socket},server=on,wait=off",
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "--logs", logs, "--memory", "192M", "--timeout", "270", .. arguments]);
        playing.Wait();
        File.Delete(socket);
        return outcome;
    }
}
