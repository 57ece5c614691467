using System.Runtime.InteropServices;

namespace Tierce.Tool.Host;

/// <summary>The reader of the tool's output has closed it, which ends the tool quietly, as SIGPIPE ends other programs.</summary>
internal sealed class BrokenPipeException(string message) : IOException(message);

/// <summary>
/// Standard output or standard error, written by write(2), so that every failure is seen. The stream that Console opens takes a broken pipe
/// for success. A FileStream keeps a position of its own and would write over what others write to the same file.
/// </summary>
internal sealed partial class StandardStream : Stream
{
    private const int Interrupted = 4, WouldBlock = 11, BrokenPipe = 32;

    private readonly int _file;
    private readonly string _name;

    private StandardStream(int file, string name)
    {
        _file = file;
        _name = name;
    }

    /// <summary>Standard output.</summary>
    public static StandardStream Output { get; } = new(1, "standard output");

    /// <summary>Standard error.</summary>
    public static StandardStream Error { get; } = new(2, "standard error");

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Makes Console's writers use these streams. What the tool itself says on standard error may be lost; its output may not.</summary>
    public static void UseForConsole()
    {
        Console.SetOut(TextWriter.Synchronized(new StreamWriter(Output, bufferSize: 256) { AutoFlush = true }));
        Console.SetError(TextWriter.Synchronized(new StreamWriter(new Forgiving(Error), bufferSize: 256) { AutoFlush = true }));
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="BrokenPipeException">The reader has closed it.</exception>
    /// <exception cref="IOException">The bytes cannot be written; the message says where and why.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint done = WriteFile(_file, buffer, buffer.Length);
            int error = done < 0 ? Marshal.GetLastPInvokeError() : 0;
            switch (error)
            {
                case 0:
                    buffer = buffer[(int)done..];
                    break;
                case Interrupted:
                    break;
                case WouldBlock:
                    // A process that shares the other end requested it; there is nothing else to do meanwhile.
                    Thread.Sleep(1);
                    break;
                case BrokenPipe:
                    throw new BrokenPipeException($"{_name}: {Marshal.GetPInvokeErrorMessage(error)}");
                default:
                    throw new IOException($"{_name}: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint WriteFile(int file, ReadOnlySpan<byte> bytes, nint size);

    /// <summary>Takes everything, and loses what cannot be written: a diagnosis that cannot be shown is no reason to fail.</summary>
    private sealed class Forgiving(Stream stream) : Stream
    {
        /// <inheritdoc/>
        public override bool CanRead => false;

        /// <inheritdoc/>
        public override bool CanSeek => false;

        /// <inheritdoc/>
        public override bool CanWrite => true;

        /// <inheritdoc/>
        public override long Length => throw new NotSupportedException();

        /// <inheritdoc/>
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <inheritdoc/>
        public override void Flush()
        {
        }

        /// <inheritdoc/>
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override void SetLength(long value) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                stream.Write(buffer, offset, count);
            }
            catch (IOException)
            {
                // See above.
            }
        }
    }
}
