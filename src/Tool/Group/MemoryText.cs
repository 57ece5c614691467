using Tierce.Tool.Guest;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Tierce.Tool.Group;

/// <summary>An amount of memory in a guests file. It is checked where it is read, so that a mistake is reported with its line.</summary>
/// <param name="MiB">The amount.</param>
internal sealed record MemoryText(int MiB)
{
    /// <summary>Reads the amounts of a file.</summary>
    public sealed class Reader : IYamlTypeConverter
    {
        /// <inheritdoc/>
        public bool Accepts(Type type) => type == typeof(MemoryText);

        /// <inheritdoc/>
        public object? ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
        {
            Mark start = parser.Current?.Start ?? Mark.Empty;
            if (parser.Current is not Scalar scalar || !GuestMemory.TryParse(scalar.Value, out int mebibytes))
            {
                throw new YamlException(start, start, $"memory: {(parser.Current as Scalar)?.Value ?? "a list or a map"}: {GuestMemory.Rule}");
            }

            parser.MoveNext();
            return new MemoryText(mebibytes);
        }

        /// <inheritdoc/>
        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) => throw new NotSupportedException();
    }
}
