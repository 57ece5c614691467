using System.Diagnostics;
using System.Text;
using Tierce.Tool.Guest;

namespace Tierce.Boot.Tests;

/// <summary>What one call of the launcher left.</summary>
/// <param name="Status">Exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Logs">Folder with the run's logs.</param>
internal sealed record Outcome(int Status, byte[] Output, string Error, string Logs)
{
    /// <summary>Standard output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Checks the status, with everything that was said in the message when it is another.</summary>
    public Outcome Expect(int status)
    {
        Assert.True(Status == status, $"exit status {Status}, expected {status}; logs in {Logs}\n{Text}\n{Error}");
        return this;
    }

    /// <summary>Checks that the guest's kernel log was saved and that the kernel complained of nothing.</summary>
    public Outcome ExpectCleanLog()
    {
        string log = File.ReadAllText(Path.Combine(Logs, "guest.log"));
        Assert.Contains("Linux version", log, StringComparison.Ordinal);
        Assert.Empty(GuestLog.Complaints(log));
        return this;
    }
}

/// <summary>
/// Calls <c>./tierce</c> as a user does. TIERCE_TEST_CARRIER=--native (or --xen) runs the same guests without Tierce: what fails
/// there too is a mistake of the test.
/// </summary>
internal static class Launcher
{
    /// <summary>Names the environment's words for every guest.</summary>
    public const string GuestOptions = "TIERCE_GUEST_OPTIONS";

    /// <summary>
    /// Linux then does not test its ciphers at the end of its boot, which takes half of the boot's instructions. Tests of the boot itself
    /// leave that in: the ciphers use the vector registers inside the guest kernel.
    /// </summary>
    public const string NoSelfTests = "cryptomgr.notests";

    /// <summary>Beyond this a call has hung, whatever its own limit.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(Soak.Amount(5, 40));

    /// <summary>Top folder of the tree.</summary>
    public static string Root { get; } = PrepareRoot();

    /// <summary>The program that tests run inside a guest.</summary>
    public static string Probe => Path.Combine(Root, "artifacts", "images", "probe");

    private static string? Carrier => Environment.GetEnvironmentVariable("TIERCE_TEST_CARRIER");

    /// <summary>Runs a guest; logs go to artifacts/logs/NAME.</summary>
    public static Outcome Run(string name, byte[]? input, params string[] arguments) => Run(name, input, null, arguments);

    private static Outcome Run(string name, byte[]? input, Action<IDictionary<string, string?>>? environment, string[] arguments)
    {
        string logs = Path.Combine(Root, "artifacts", "logs", name);
        string[] carrier = string.IsNullOrEmpty(Carrier) ? [] : [Carrier];
        string[] limit = arguments.Contains("--timeout") ? [] : ["--timeout", "180"];
        return Call(logs, input, environment, Path.Combine(Root, "tierce"), ["run", "--logs", logs, .. limit, .. carrier, .. arguments]);
    }

    /// <summary>Runs guests, their standard input open and empty until something has come about.</summary>
    public static Outcome RunUntil(string name, Func<bool> happened, TimeSpan limit, params string[] arguments) =>
        RunUntil(name, null, happened, process => Feed(process, []), limit, arguments);

    /// <summary>The same; then the machine is stopped, whatever it does.</summary>
    public static Outcome StopWhen(string name, Func<bool> happened, TimeSpan limit, params string[] arguments) =>
        StopWhen(name, null, happened, limit, arguments);

    /// <summary>The same on a machine with further arguments for QEMU, with blanks between them.</summary>
    public static Outcome StopWhen(string name, string? machine, Func<bool> happened, TimeSpan limit, params string[] arguments) =>
        RunUntil(name, machine, happened, process => process.Kill(entireProcessTree: true), limit, arguments);

    private static Outcome RunUntil(string name, string? machine, Func<bool> happened, Action<Process> then, TimeSpan limit, string[] arguments)
    {
        string logs = Path.Combine(Root, "artifacts", "logs", name);
        return Call(
            logs,
            Wait,
            limit + TimeSpan.FromMinutes(1),
            environment => environment["TIERCE_QEMU_ARGS"] = machine,
            Path.Combine(Root, "tierce"),
            ["run", "--logs", logs, .. arguments]);

        void Wait(Process process)
        {
            while (!happened() && !process.WaitForExit(TimeSpan.FromMilliseconds(200)))
            {
            }

            then(process);
        }
    }

    /// <summary>Runs one command in a guest.</summary>
    public static Outcome Execute(string name, string command, params string[] arguments) => Run(name, [], ["--exec", command, .. arguments]);

    /// <summary>Runs one command in a guest whose kernel tests its ciphers while it boots, as it does for users.</summary>
    public static Outcome ExecuteTested(string name, string command, params string[] arguments) =>
        Run(name, [], environment => environment.Remove(GuestOptions), ["--exec", command, .. arguments]);

    /// <summary>Runs one command in the same guest on QEMU's machine itself, to compare.</summary>
    public static Outcome ExecuteNatively(string name, string command, params string[] arguments) =>
        ExecuteOn(name, null, command, ["--native", .. arguments]);

    /// <summary>Runs one command in a guest, on a machine with further arguments for QEMU, with blanks between them.</summary>
    public static Outcome ExecuteOn(string name, string? machine, string command, params string[] arguments)
    {
        string logs = Path.Combine(Root, "artifacts", "logs", name);
        return Call(
            logs,
            [],
            environment => environment["TIERCE_QEMU_ARGS"] = machine,
            Path.Combine(Root, "tierce"),
            ["run", "--logs", logs, "--exec", command, .. arguments]);
    }

    /// <summary>Calls a program, with the given standard input and environment.</summary>
    public static Outcome Call(string logs, byte[]? input, Action<IDictionary<string, string?>>? environment, string program, params string[] arguments) =>
        Call(logs, process => Feed(process, input ?? []), s_limit, environment, program, arguments);

    /// <summary>
    /// Calls a program that sends back what it is sent. It gets the second part of its input after it has sent back the first and
    /// <paramref name="between"/> has returned.
    /// </summary>
    public static Outcome CallInTwo(
        string logs, byte[] first, Action between, byte[] second, Action<IDictionary<string, string?>>? environment, string program, params string[] arguments)
    {
        using ManualResetEventSlim echoed = new();
        return Call(
            logs,
            process =>
            {
                Write(process, first);
                echoed.Wait(s_limit);
                between();
                Feed(process, second);
            },
            s_limit,
            environment,
            program,
            arguments,
            count =>
            {
                if (count >= first.Length)
                {
                    echoed.Set();
                }
            });
    }

    /// <summary>A file that another process may be writing to, as Latin-1 text; empty if it is not there yet.</summary>
    public static string ReadShared(string path)
    {
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file, System.Text.Encoding.Latin1);
        return reader.ReadToEnd();
    }

    private static Outcome Call(
        string logs, Action<Process> feeder, TimeSpan limit, Action<IDictionary<string, string?>>? environment, string program, string[] arguments, Action<long>? onOutput = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Root,
        };
        start.Environment["TIERCE_NO_BUILD"] = "1";
        start.Environment[GuestOptions] = NoSelfTests;
        environment?.Invoke(start.Environment);
        using Process process = Process.Start(start)!;
        Task<byte[]> output = Task.Run(() => ReadAll(process.StandardOutput.BaseStream, onOutput));
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task feed = Task.Run(() => feeder(process));
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
        }

        process.WaitForExit();
        feed.Wait();
        return new Outcome(process.ExitCode, output.Result, error.Result, logs);
    }

    private static void Feed(Process process, byte[] input)
    {
        Write(process, input);
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of its input.
        }
    }

    private static void Write(Process process, byte[] input)
    {
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // As above.
        }
    }

    /// <summary>Reads to the end, and reports after each piece how many bytes there were.</summary>
    private static byte[] ReadAll(Stream stream, Action<long>? onOutput)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[65536];
        int got;
        while ((got = stream.Read(buffer)) > 0)
        {
            all.Write(buffer, 0, got);
            onOutput?.Invoke(all.Length);
        }

        onOutput?.Invoke(long.MaxValue);
        return all.ToArray();
    }

    private static string PrepareRoot()
    {
        Directory.CreateDirectory(Path.Combine(Sources.Root, "artifacts", "logs"));
        return Sources.Root;
    }
}
