using System.Runtime.ExceptionServices;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>
/// The output of a run, which the thread that reads the console writes. The first write that fails is kept, and nothing is written after
/// it; the thread that waits for the machine looks for it and ends the run.
/// </summary>
internal sealed class RunOutput(Stream output, Stream error)
{
    private IOException? _failure;

    /// <summary>To the tool's own standard output and standard error.</summary>
    public RunOutput()
        : this(StandardStream.Output, StandardStream.Error)
    {
    }

    /// <summary>Writes to standard output, or to standard error.</summary>
    public void Write(ReadOnlySpan<byte> bytes, bool toError = false)
    {
        if (Volatile.Read(ref _failure) is not null)
        {
            return;
        }

        try
        {
            Stream stream = toError ? error : output;
            stream.Write(bytes);
            stream.Flush();
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    /// <summary>The guest's streams are incomplete: the run fails with this message.</summary>
    public void Fail(string message) => Fail(new IOException(message));

    /// <summary>Ends the run if something could not be written.</summary>
    /// <exception cref="IOException">Why; <see cref="BrokenPipeException"/> if the reader has closed it.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Fail(IOException failure) => Interlocked.CompareExchange(ref _failure, failure, null);
}
