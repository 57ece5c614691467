using System.Diagnostics;
using System.Globalization;

namespace Tierce.HostTool.Tests;

/// <summary>
/// Calls the tool as a process of its own, on a tree whose images are stand-ins and with a QEMU that is a script: it says that it was
/// started, and then waits. Folders go with the object.
/// </summary>
internal sealed class ToolCall : IDisposable
{
    /// <summary>Beyond this a call has hung.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("tierce-tool-test-").FullName;

    /// <summary>Makes the folders.</summary>
    public ToolCall()
    {
        foreach (string name in (string[])["cache", "work", "bin", "tree/artifacts/images", "tree/tests"])
        {
            Directory.CreateDirectory(In(name));
        }

        foreach (string image in (string[])["kernel.elf", "root", "monitor", "console", "bus", "virtioconsole", "rom", "rom-native", "guest-agent"])
        {
            File.WriteAllText(In("tree/artifacts/images/" + image), image);
        }

        File.WriteAllBytes(In("tree/artifacts/images/small-guest"), TestImages.Elf());
        Script("qemu-system-x86_64", $"echo $$ >'{Started}.new'; mv '{Started}.new' '{Started}'; exec sleep 300");
    }

    /// <summary>File that holds the process number of QEMU's stand-in, once it runs.</summary>
    public string Started => In("started");

    /// <summary>Folder of the tool's cache.</summary>
    public string Cache => In("cache");

    /// <summary>Current folder of the calls.</summary>
    public string Work => In("work");

    /// <summary>A path below this object's folder.</summary>
    public string In(string path) => Path.Combine(_folder, path);

    /// <summary>Writes a file into the current folder of the calls.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Work, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Puts a program before the machine's own.</summary>
    public void Script(string name, string commands)
    {
        File.WriteAllText(In("bin/" + name), $"#!/bin/sh\n{commands}\n");
        using Process process = Process.Start("chmod", ["+x", In("bin/" + name)]);
        process.WaitForExit();
    }

    /// <summary>Calls the tool to its end, with nothing on standard input. A variable whose value is null is unset.</summary>
    public (int Status, string Output, string Error) Run(string[] arguments, params (string Name, string? Value)[] environment)
    {
        using Process process = Start(arguments, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Starts the tool on a run of the stand-in, and returns once that is started.</summary>
    public (Process Tool, int Machine) StartMachine()
    {
        File.Delete(Started);
        Process process = Start(["run", "--guest", "small", "--timeout", "200"]);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Started) || process.HasExited, s_limit), "QEMU was not started in time");
        Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : string.Empty);
        return (process, int.Parse(File.ReadAllText(Started), CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until a process is gone, or a zombie that its parent has not waited for.</summary>
    public static bool IsGone(int process) => SpinWait.SpinUntil(() => !Runs(process), s_limit);

    /// <summary>Whether a process runs.</summary>
    public static bool Runs(int process)
    {
        string status = $"/proc/{process}/status";
        try
        {
            return File.Exists(status) && !File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It went while its file was read.
            return false;
        }
    }

    /// <summary>Removes all that was made.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Process Start(string[] arguments, params (string Name, string? Value)[] environment)
    {
        // A caller that runs the tests in the background may have made these signals ignored, which children inherit.
        ProcessStartInfo start = new("env", ["--default-signal=INT,QUIT", "dotnet", Path.Combine(AppContext.BaseDirectory, "tierce.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Work,
        };
        start.Environment["TIERCE_ROOT"] = In("tree");
        start.Environment["TIERCE_NO_BUILD"] = "1";
        start.Environment["TIERCE_NO_INSTALL"] = "1";
        start.Environment["TIERCE_CACHE"] = Cache;
        start.Environment["PATH"] = $"{In("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
