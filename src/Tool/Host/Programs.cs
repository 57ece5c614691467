using System.Diagnostics;

namespace Tierce.Tool.Host;

/// <summary>What a finished program left.</summary>
/// <param name="Status">Exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal readonly record struct ProgramResult(int Status, byte[] Output, string Error)
{
    /// <summary>Standard output as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output);
}

/// <summary>Runs other programs.</summary>
internal static class Programs
{
    /// <summary>Full path of a program on PATH; null if there is none.</summary>
    public static string? Find(string name)
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? string.Empty;
        return path.Split(':')
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(Requirements.IsThere);
    }

    /// <summary>
    /// Runs a program to its end, or until the limit stops it and all that it started, and captures both outputs. Standard input is
    /// <paramref name="input"/>, or empty.
    /// </summary>
    /// <exception cref="ToolException">There is no such program.</exception>
    public static ProgramResult Run(string name, IEnumerable<string> arguments, byte[]? input = null, string? folder = null, Action<string>? onErrorLine = null, TimeSpan? limit = null)
    {
        ProcessStartInfo start = new(Find(name) ?? throw new ToolException(Requirements.MissingMessage(name)), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? string.Empty,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start)!;
        using IDisposable ending = EndWithTool(process);
        Task<byte[]> output = Task.Run(() => ReadAll(process.StandardOutput.BaseStream));
        Task<string> error = Task.Run(() => ReadLines(process.StandardError, onErrorLine));
        try
        {
            process.StandardInput.BaseStream.Write(input ?? []);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program closed its input early; its status and messages tell why.
        }

        if (limit is { } time && !process.WaitForExit(time))
        {
            process.Kill(entireProcessTree: true);
        }

        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Like <see cref="Run"/>, but a non-zero status is the tool's failure.</summary>
    public static ProgramResult RunChecked(string name, IEnumerable<string> arguments, string? folder = null, Action<string>? onErrorLine = null)
    {
        string[] list = [.. arguments];
        ProgramResult result = Run(name, list, folder: folder, onErrorLine: onErrorLine);
        return result.Status == 0
            ? result
            : throw new ToolException($"{name} {string.Join(' ', list)} failed with status {result.Status}: {Gist(result.Error + result.Text)}");
    }

    /// <summary>The line that tells most of what a program said when it failed: a full disk makes one a file, all alike.</summary>
    internal static string Gist(string said)
    {
        string[] lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.Contains("No space left on device", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(line => line.StartsWith("E: ", StringComparison.Ordinal))
            ?? lines.LastOrDefault()
            ?? "it said nothing";
    }

    /// <summary>Until disposed: a signal that ends the tool ends the program and what it has started.</summary>
    private static Registration EndWithTool(Process process)
    {
        void Kill(object? sender, EventArgs e)
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }
        }

        AppDomain.CurrentDomain.ProcessExit += Kill;
        return new Registration(() => AppDomain.CurrentDomain.ProcessExit -= Kill);
    }

    private sealed record Registration(Action End) : IDisposable
    {
        public void Dispose() => End();
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static string ReadLines(StreamReader reader, Action<string>? onLine)
    {
        System.Text.StringBuilder all = new();
        while (reader.ReadLine() is { } line)
        {
            all.AppendLine(line);
            onLine?.Invoke(line);
        }

        return all.ToString();
    }
}
