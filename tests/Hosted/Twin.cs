using System;
using System.Reflection;

namespace Tierce.Hosted;

/// <summary>A sabotaged twin of a hosted test: the same test over sources in which a protection is taken out. It must fail.</summary>
internal static class Twin
{
    /// <summary>Runs a test of this assembly over changed sources; returns what it said when it failed.</summary>
    /// <param name="tests">The class of the test.</param>
    /// <param name="name">The test.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="change">What is taken out.</param>
    public static string MustFail(Type tests, string name, object?[] arguments, Change change)
    {
        Type changed = HostedBuild.Load(HostedBuild.CompileFor(tests, change)).GetType(tests.FullName!, throwOnError: true)!;
        MethodInfo test = changed.GetMethod(name) ?? throw new MissingMethodException(tests.Name, name);
        object instance = Activator.CreateInstance(changed)!;
        try
        {
            Exception? thrown = Record.Exception(() => test.Invoke(instance, arguments));
            Assert.True(thrown is TargetInvocationException, $"{tests.Name}.{name} passes without what was taken out of {change.File}");
            return thrown.InnerException!.Message;
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }
}
