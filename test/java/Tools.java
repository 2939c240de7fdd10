// Apache Kafka's own tools in one JVM, one after the other: a command a line on stdin, its outcome a line on
// stdout. What is sent either way is words in Base64 with blanks between them.
//   command: main class, standard input, arguments ...    outcome: exit code, standard output, standard error
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.utils.Exit;

public final class Tools {
    /** What a tool has asked for at its end, as the closing of its producer. */
    private static final List<Runnable> hooks = new CopyOnWriteArrayList<>();
    private static volatile CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        Exit.setExitProcedure((code, message) -> leave(code));
        Exit.setHaltProcedure((code, message) -> leave(code));
        Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            answers.println(outcome(Arrays.stream(line.split(" ", -1)).map(Tools::decoded).toList()));
        }
        System.exit(0);
    }

    private static String outcome(List<byte[]> words) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        redirect(new ByteArrayInputStream(words.get(1)), out, err);
        exitCode = new CompletableFuture<>();
        hooks.clear();
        String mainClass = new String(words.get(0));
        String[] args = words.stream().skip(2).map(String::new).toArray(String[]::new);
        Thread thread = new Thread(() -> run(mainClass, args), "main");
        thread.setDaemon(true);
        thread.start();
        int code = exitCode.get();
        for (Runnable hook : hooks) hook.run();
        System.out.flush();
        System.err.flush();
        // A thread that goes on prints to where nobody looks.
        redirect(InputStream.nullInputStream(), OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
        return code + " " + encoded(out) + " " + encoded(err);
    }

    private static void redirect(InputStream in, OutputStream out, OutputStream err) {
        System.setIn(in);
        System.setOut(new PrintStream(out, true));
        System.setErr(new PrintStream(err, true));
    }

    private static void run(String mainClass, String[] args) {
        try {
            Class.forName(mainClass).getMethod("main", String[].class).invoke(null, (Object) args);
            exitCode.complete(0);
        } catch (InvocationTargetException thrown) {
            System.err.print("Exception in thread \"main\" ");
            thrown.getCause().printStackTrace();
            exitCode.complete(1);
        } catch (ReflectiveOperationException notThere) {
            throw new IllegalStateException(notThere);
        }
    }

    /** As System.exit: the tool's thread never comes back. */
    private static void leave(int code) {
        exitCode.complete(code);
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException ignored) {
                // Nobody is to be woken.
            }
        }
    }

    private static byte[] decoded(String word) {
        return Base64.getDecoder().decode(word);
    }

    private static String encoded(ByteArrayOutputStream bytes) {
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
